// The data port over the kernel's UDP sockets: no device, no permission, no address but the host's
// own. Worker w has a socket on port base + w, so that the kernel leads each datagram to the worker
// that owns its transport. Opened and closed on the control thread; workers use their sockets
// through SocketPlatform.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/api/stats.h"
#include "dataplane/dpdk/data_port.h"
#include "dataplane/dpdk/host_addresses.h"
#include "dataplane/dpdk/udp_socket.h"

namespace penstock {

// What a worker counts of its socket; it alone writes.
struct alignas(64) SocketCounters {
  Counter received_packets;
  Counter received_bytes;
  Counter receive_errors;  // to an address that is not offered, or from port 0
  Counter no_buffer;
  Counter transmitted_packets;
  Counter transmitted_bytes;
  Counter transmit_errors;
  Counter too_large;
};

class SocketPort final : public DataPort {
 public:
  // Error: text with remedy.
  static std::expected<std::unique_ptr<SocketPort>, std::string> open(const PortConfig& config);

  // There is nothing to start: packets are taken by the workers.
  std::expected<void, std::string> start(const PacketPool&) override { return {}; }

  const PortRings& rings() const override { return rings_; }
  MacAddress mac() const override { return {}; }
  std::uint16_t mtu() const override { return mtu_; }
  int numa_node() const override { return -1; }
  bool is_link_up() const override { return true; }  // of which interface?
  PortStats stats() const override;
  std::string summary() const override;

  // Ours, IPv4 first.
  std::vector<IpAddress> addresses() const;
  std::uint16_t udp_port(std::size_t worker) const {
    return static_cast<std::uint16_t>(config_.udp_port_base + worker);
  }
  UdpSocket& socket(std::size_t worker) { return sockets_[worker]; }
  SocketCounters& counters(std::size_t worker) { return *counters_[worker]; }

 private:
  SocketPort(const PortConfig& config, std::vector<HostAddress> addresses);
  std::expected<void, std::string> open_sockets();

  PortConfig config_;
  std::vector<HostAddress> addresses_;
  std::uint16_t mtu_;
  PortRings rings_;
  std::vector<UdpSocket> sockets_;
  std::vector<std::unique_ptr<SocketCounters>> counters_;
};

}  // namespace penstock
