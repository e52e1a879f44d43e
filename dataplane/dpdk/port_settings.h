// Internal header (includes rte_*). What a port's device is asked for: never more than it says that
// it can, because drivers refuse the whole configuration for one wish that they cannot fulfil. A
// pure function of what the device says of itself. Control thread, at start.
#pragma once

#include <rte_ethdev.h>

#include <cstddef>
#include <cstdint>

#include "dataplane/dpdk/port.h"

namespace penstock {

struct PortSettings {
  std::size_t queue_count = 1;      // receive and transmit queues each
  std::uint16_t mtu = 0;            // of IP packets in Ethernet frames
  bool verifies_checksums = false;  // of what is received
  bool finishes_checksums = false;  // UDP's, of what is sent
  // Of each queue, before the device adjusts them (rte_eth_dev_adjust_nb_rx_tx_desc).
  std::uint16_t receive_entries = 0;
  std::uint16_t transmit_entries = 0;
  std::size_t receive_rings = 1;  // of each queue
  rte_eth_conf configuration{};
};

// Queue pairs that the device is good for, at least 1.
std::size_t queues_offered(const rte_eth_dev_info& info);

// Rings that the driver of a NIC has for each receive queue at most.
inline constexpr std::size_t kReceiveRingsMax = 2;

// The AF_XDP driver gives the kernel this many buffers whatever is asked for. The receive ring has
// as many entries: with fewer, packets are lost that buffers are there for.
inline constexpr std::size_t kAfXdpRingPackets = 2'048;

// `interface_mtu`: of the Linux interface below the port; UINT16_MAX if there is none.
PortSettings make_port_settings(const PortConfig& config, const rte_eth_dev_info& info,
                                std::size_t queue_count, std::uint16_t interface_mtu);

}  // namespace penstock
