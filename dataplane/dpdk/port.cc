#include "dataplane/dpdk/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <bit>

#include "dataplane/dpdk/device_checks.h"
#include "dataplane/dpdk/log_capture.h"
#include "dataplane/dpdk/port_settings.h"
#include "dataplane/dpdk/probe_failure.h"
#include "dataplane/dpdk/steering.h"

namespace penstock {
namespace {

std::string_view name_of(PortDriver driver) {
  switch (driver) {
    case PortDriver::kTap:
      return "TAP";
    case PortDriver::kAfPacket:
      return "AF_PACKET";
    case PortDriver::kAfXdp:
      return "AF_XDP";
    case PortDriver::kPci:
      return "PCI";
    case PortDriver::kSockets:
      return "sockets";
    case PortDriver::kVdev:
      return "vdev";
  }
  return "";
}

// Whether open() makes the DPDK device, and the destructor removes it.
bool makes_device(PortDriver driver) {
  return driver == PortDriver::kTap || driver == PortDriver::kAfPacket ||
         driver == PortDriver::kAfXdp;
}

// DPDK's name of the port.
std::string device_name(const PortConfig& config) {
  switch (config.driver) {
    case PortDriver::kTap:
      return "net_tap0";
    case PortDriver::kAfPacket:
      return "net_af_packet0";
    case PortDriver::kAfXdp:
      return "net_af_xdp0";
    case PortDriver::kPci:
    case PortDriver::kSockets:
    case PortDriver::kVdev:
      break;
  }
  return config.device;
}

std::string device_arguments(const PortConfig& config, std::size_t queue_count) {
  std::string arguments = device_name(config) + ",iface=" + config.device;
  if (config.driver == PortDriver::kTap) {
    arguments += ",mac=" + to_string(config.tap_host_mac);
  } else if (config.driver == PortDriver::kAfPacket) {
    arguments += ",qpairs=" + std::to_string(queue_count);
  } else {
    // Busy polling in the kernel needs driver support that veth and older NICs lack.
    arguments += ",busy_budget=0,start_queue=" + std::to_string(config.first_queue) +
                 ",queue_count=" + std::to_string(queue_count);
  }
  return arguments;
}

// Queues to ask the driver for, where the driver itself cannot tell.
std::size_t queues_wanted(const PortConfig& config) {
  if (config.driver != PortDriver::kAfXdp) {
    return config.worker_count;
  }
  const std::size_t there = interface_queue_count(config.device);
  const std::size_t left = there > config.first_queue ? there - config.first_queue : 1;
  return std::min(config.worker_count, left);
}

}  // namespace

std::expected<void, std::string> Port::check(const PortConfig& config) {
  switch (config.driver) {
    case PortDriver::kTap:
      return check_tap(config.device);
    case PortDriver::kAfPacket:
      return check_af_packet(config.device);
    case PortDriver::kAfXdp:
      return check_af_xdp(config.device);
    case PortDriver::kPci:
      return check_pci(config.device);
    case PortDriver::kSockets:
    case PortDriver::kVdev:
      break;
  }
  return {};
}

PortRings Port::rings_max(const PortConfig& config, std::size_t queue_count) {
  const bool is_nic = config.driver == PortDriver::kPci;
  return {.queue_count = queue_count,
          .receive_packets = is_nic ? kReceiveRingsMax * config.descriptors : config.ring_packets,
          .transmit_packets = is_nic ? config.descriptors : config.ring_packets};
}

std::vector<PacketPoolTerm> Port::pool_terms(const PortConfig& config, const PortRings& rings) {
  const std::size_t queue_count = rings.queue_count;
  switch (config.driver) {
    case PortDriver::kAfPacket:
      return {};  // its rings are the kernel's, frames are copied
    case PortDriver::kSockets:
      return {{"ready for what sockets receive", queue_count * kBurstMax},
              {"waiting for more to the same receiver", queue_count * kSocketHeldMax}};
    case PortDriver::kAfXdp:
      return {{"AF_XDP fill and receive rings", queue_count * 2 * kAfXdpRingPackets},
              {"AF_XDP transmit and completion rings", queue_count * 2 * kAfXdpRingPackets}};
    case PortDriver::kTap:
    case PortDriver::kPci:
    case PortDriver::kVdev:
      break;
  }
  return {{"receive rings", queue_count * rings.receive_packets},
          {"transmit rings", queue_count * rings.transmit_packets}};
}

std::size_t Port::kept_at_close_max(const PortConfig& config, std::size_t queue_count) {
  return config.driver == PortDriver::kAfXdp ? queue_count * 4 * kAfXdpRingPackets : 0;
}

std::expected<std::unique_ptr<Port>, std::string> Port::open(const PortConfig& config,
                                                             std::string_view probe_log) {
  if (auto checked = check(config); !checked) {
    return std::unexpected(checked.error());
  }
  LogCapture log(config.is_debugging);
  const std::size_t wanted = queues_wanted(config);
  if (makes_device(config.driver) && rte_dev_probe(device_arguments(config, wanted).c_str()) != 0) {
    return std::unexpected("DPDK's driver could not open " + config.device + " by " +
                           std::string(name_of(config.driver)) + " (" + rte_strerror(rte_errno) +
                           "): is it in use by another program?\n" + log.text());
  }
  std::uint16_t id = 0;
  rte_eth_dev_info info{};
  if (rte_eth_dev_get_port_by_name(device_name(config).c_str(), &id) != 0 ||
      rte_eth_dev_info_get(id, &info) != 0) {
    return std::unexpected(config.is_debugging
                               ? "no DPDK driver took " + config.device + ": its log above says why"
                               : explain_probe_failure(config.device, probe_log));
  }
  std::unique_ptr<Port> port(new Port(config, id, info.device));
  const std::size_t queues_max = std::min(wanted, queues_offered(info));
  if (auto configured = port->configure(info, queues_max); !configured) {
    return std::unexpected(configured.error() + "\n" + log.text());
  }
  return port;
}

// With fewer queues where the driver does not take so many: vmxnet3 wants a power of two.
std::expected<void, std::string> Port::configure(const rte_eth_dev_info& info,
                                                 std::size_t queues_max) {
  const bool has_interface =
      config_.driver == PortDriver::kAfPacket || config_.driver == PortDriver::kAfXdp;
  const std::uint16_t mtu_max = has_interface ? interface_mtu(config_.device) : UINT16_MAX;
  int error = 0;
  for (std::size_t count = queues_max; count > 0; count = std::bit_floor(count - 1)) {
    const PortSettings settings = make_port_settings(config_, info, count, mtu_max);
    if (settings.mtu < kMtuMin) {
      return std::unexpected("the MTU of " + config_.device + " is " +
                             std::to_string(settings.mtu) + ": at least " +
                             std::to_string(kMtuMin) + " is needed");
    }
    const auto queues = static_cast<std::uint16_t>(count);
    error = rte_eth_dev_configure(id_, queues, queues, &settings.configuration);
    if (error == 0) {
      adopt(settings);
      return {};
    }
  }
  return std::unexpected(failure("the configuration", error));
}

void Port::adopt(const PortSettings& settings) {
  mtu_ = settings.mtu;
  verifies_checksums_ = settings.verifies_checksums;
  finishes_checksums_ = settings.finishes_checksums;
  receive_entries_ = settings.receive_entries;
  transmit_entries_ = settings.transmit_entries;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_entries_, &transmit_entries_);
  rings_ = {.queue_count = settings.queue_count,
            .receive_packets = settings.receive_rings * receive_entries_,
            .transmit_packets = transmit_entries_};
}

Port::Port(const PortConfig& config, std::uint16_t id, rte_device* device)
    : config_(config), id_(id), device_(device), mac_(config.tap_mac) {
  if (config.driver != PortDriver::kTap) {
    rte_ether_addr address{};
    rte_eth_macaddr_get(id, &address);
    mac_ = MacAddress::from_bytes(address.addr_bytes);
  }
}

Port::~Port() {
  // e1000's driver logs an error at each stop, and nothing is wrong.
  const LogCapture log(config_.is_debugging);
  if (is_started_) {
    if (!steering_.empty()) {
      remove_steering(id_);
    }
    rte_eth_dev_stop(id_);
  }
  rte_eth_dev_close(id_);
  if (makes_device(config_.driver)) {
    rte_dev_remove(device_);
  }
}

std::string Port::failure(const std::string& what, int error) const {
  std::string text = what + " of " + config_.device + " failed: " + rte_strerror(-error);
  if (config_.driver == PortDriver::kAfXdp) {
    text += "; is another AF_XDP program attached (ip link show " + config_.device +
            ")? AF_PACKET works on any interface";
  }
  return text;
}

std::expected<void, std::string> Port::start(const PacketPool& pool) {
  LogCapture log(config_.is_debugging);
  if (auto ready = set_up_queues(pool); !ready) {
    return std::unexpected(ready.error() + "\n" + log.text());
  }
  if (const int error = rte_eth_dev_start(id_); error != 0) {
    return std::unexpected(failure("the start", error) + "\n" + log.text());
  }
  is_started_ = true;
  // A TAP device filters nothing; a device that cannot be promiscuous receives what is addressed to
  // its own MAC, which is ours, and to groups (join_groups).
  if (config_.driver != PortDriver::kTap) rte_eth_promiscuous_enable(id_);
  const bool is_steerable =
      config_.driver == PortDriver::kPci || config_.driver == PortDriver::kVdev;
  if (is_steerable && config_.udp_port_base != 0 && config_.worker_count > 1) {
    steering_ = steer_udp_ports(id_, config_.udp_port_base, rings_.queue_count);
  }
  return {};
}

std::expected<void, std::string> Port::set_up_queues(const PacketPool& pool) {
  const auto socket = static_cast<unsigned>(std::max(rte_eth_dev_socket_id(id_), 0));
  const auto queue_count = static_cast<std::uint16_t>(rings_.queue_count);
  for (std::uint16_t queue = 0; queue < queue_count; ++queue) {
    int error =
        rte_eth_rx_queue_setup(id_, queue, receive_entries_, socket, nullptr, pool.mempool());
    if (error == 0) {
      error = rte_eth_tx_queue_setup(id_, queue, transmit_entries_, socket, nullptr);
    }
    if (error != 0) {
      return std::unexpected(failure("queue " + std::to_string(queue), error));
    }
  }
  return {};
}

void Port::join_groups(std::span<const MacAddress> groups) {
  std::vector<rte_ether_addr> addresses;
  for (const MacAddress& group : groups) {
    std::ranges::copy(group.bytes, addresses.emplace_back().addr_bytes);
  }
  const LogCapture log(config_.is_debugging);
  const auto count = static_cast<std::uint32_t>(addresses.size());
  if (rte_eth_dev_set_mc_addr_list(id_, addresses.data(), count) != 0) {
    rte_eth_allmulticast_enable(id_);
  }
}

int Port::numa_node() const { return rte_eth_dev_socket_id(id_); }

bool Port::is_link_up() const {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

PortStats Port::stats() const {
  rte_eth_stats stats{};
  rte_eth_stats_get(id_, &stats);
  return {.received_packets = stats.ipackets,
          .received_bytes = stats.ibytes,
          .transmitted_packets = stats.opackets,
          .transmitted_bytes = stats.obytes,
          .missed_packets = stats.imissed,
          .receive_errors = stats.ierrors,
          .transmit_errors = stats.oerrors,
          .no_buffer_packets = stats.rx_nombuf};
}

std::string Port::summary() const {
  std::string text = "port: " + config_.device + " by " + std::string(name_of(config_.driver)) +
                     ", MAC " + to_string(mac_) + ", MTU " + std::to_string(mtu()) + ", " +
                     std::to_string(rings_.queue_count) + " queue pair(s) for " +
                     std::to_string(config_.worker_count) + " worker(s), link " +
                     (is_link_up() ? "up" : "not up yet") +
                     (verifies_checksums_ ? ", checksums verified by the driver" : "") +
                     (finishes_checksums_ ? ", those of UDP computed by the NIC" : "");
  if (rings_.queue_count < config_.worker_count) {
    text += "\n  workers from " + std::to_string(rings_.queue_count) +
            " on receive and transmit through rings";
  }
  if (mtu_ < kMtuMax) {
    text += "\n  media that does not fit an MTU of " + std::to_string(mtu_) +
            " is not forwarded (packet_too_large)";
  }
  if (!steering_.empty()) {
    text += "\n  " + steering_;
  }
  return text;
}

}  // namespace penstock
