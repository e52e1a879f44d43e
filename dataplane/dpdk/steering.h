// rte_flow rules that lead each worker's UDP port to its queue. Where a device cannot, nothing is
// lost: the receiving worker hands packets over. Control thread, after the port was started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace penstock {

// UDP port `base + w` over IPv4 and IPv6 to queue w, for w < queue_count. Returns a line for the
// startup summary; either all rules are in force or none.
std::string steer_udp_ports(std::uint16_t port_id, std::uint16_t udp_port_base,
                            std::size_t queue_count);
// Removes them.
void remove_steering(std::uint16_t port_id);

}  // namespace penstock
