#include "dataplane/dpdk/port_settings.h"

#include <algorithm>
#include <string_view>

#include "dataplane/base/limits.h"

namespace penstock {
namespace {

constexpr std::uint64_t kChecksumOffloads =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

// Without RSS a device with several queues steers by itself, or puts all on one: workers hand over.
void ask_for_rss(const rte_eth_dev_info& info, rte_eth_conf& configuration) {
  const std::uint64_t hashes = (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
  if (hashes == 0) return;
  configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  configuration.rx_adv_conf.rss_conf.rss_hf = hashes;
}

std::string_view driver_name(const rte_eth_dev_info& info) {
  return info.driver_name == nullptr ? "" : info.driver_name;
}

// Only where much that is sent has a checksum: drivers have faster ways to send without offloads.
// And only of NICs: the driver of TAP devices says that it can, and reads every payload itself. The
// checksum of IPv4's header is one addition (net/udp_writer.h), not worth a flag.
bool finishes_checksums(const PortConfig& config, const rte_eth_dev_info& info) {
  return config.checksum_offload && config.media_has_checksums &&
         (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
}

// Of one queue. vmxnet3 fills a second ring, for what does not fit the buffers of the first.
std::size_t receive_rings(const rte_eth_dev_info& info) {
  return driver_name(info) == "net_vmxnet3" ? kReceiveRingsMax : 1;
}

}  // namespace

std::size_t queues_offered(const rte_eth_dev_info& info) {
  // It offers two for the 8254x too, which have one: what is sent by the second goes nowhere, and
  // no call of its worker comes about. None of its NICs puts received packets on a second.
  if (driver_name(info) == "net_e1000_em") return 1;
  return std::max<std::size_t>(std::min(info.max_rx_queues, info.max_tx_queues), 1);
}

PortSettings make_port_settings(const PortConfig& config, const rte_eth_dev_info& info,
                                std::size_t queue_count, std::uint16_t interface_mtu) {
  const bool is_nic = config.driver == PortDriver::kPci;
  PortSettings settings;
  settings.queue_count = queue_count;
  rte_eth_conf& configuration = settings.configuration;
  settings.mtu = std::min({config.mtu, info.max_mtu, interface_mtu});
  settings.verifies_checksums =
      config.checksum_offload && (info.rx_offload_capa & kChecksumOffloads) == kChecksumOffloads;
  if (settings.verifies_checksums) configuration.rxmode.offloads = kChecksumOffloads;
  settings.finishes_checksums = is_nic && finishes_checksums(config, info);
  // What we send comes from one pool, and nobody else holds it.
  configuration.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  if (settings.finishes_checksums) configuration.txmode.offloads |= RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
  if (config.driver == PortDriver::kTap || is_nic) {
    configuration.rxmode.mtu = settings.mtu;
  }
  if (is_nic && queue_count > 1) ask_for_rss(info, configuration);
  const std::size_t entries = is_nic ? config.descriptors : config.ring_packets;
  const bool is_af_xdp = config.driver == PortDriver::kAfXdp;
  settings.receive_entries = static_cast<std::uint16_t>(is_af_xdp ? kAfXdpRingPackets : entries);
  settings.transmit_entries = static_cast<std::uint16_t>(entries);
  settings.receive_rings = receive_rings(info);
  return settings;
}

}  // namespace penstock
