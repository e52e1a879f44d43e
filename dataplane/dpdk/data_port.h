// What the data plane's host asks of its port, whichever kind it is: a DPDK device (port.h) or the
// kernel's sockets (socket_port.h). Control thread only: workers have platforms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"
#include "dataplane/dpdk/packet_pool.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

enum class PortDriver : std::uint8_t {
  kTap,       // makes a TAP device named `device`, which goes when the port is closed
  kAfPacket,  // an existing Linux interface `device`
  kAfXdp,     // an existing Linux interface `device`
  kPci,       // the NIC at PCI address `device`, which Eal was told to probe
  kSockets,   // no device: UDP sockets of the kernel on the host's own addresses
  kVdev,      // a DPDK port by name that exists already (net_ring, net_null; tests)
};

struct PortConfig {
  PortDriver driver = PortDriver::kTap;
  std::string device = "penstock0";
  std::size_t worker_count = 1;               // queues wanted
  std::size_t ring_packets = 256;             // per queue and direction; NICs have descriptors
  std::size_t descriptors = kNicRingEntries;  // NICs: per queue and direction; it may have fewer
  std::uint16_t mtu = kMtuMax;                // what the device or its interface takes may be less
  std::uint16_t udp_port_base = 0;            // worker w has port base + w; 0: no steering
  bool is_debugging = false;                  // the driver's log to stderr
  bool checksum_offload = true;               // what the device can do of checksums is its own
  bool media_has_checksums = true;            // UDP's; else hardly anything that is sent has one
  std::uint16_t first_queue = 0;              // AF_XDP: the interface's queue that worker 0 takes
  MacAddress tap_mac = {{0x02, 0x50, 0x53, 0x00, 0x00, 0x02}};       // TAP: ours
  MacAddress tap_host_mac = {{0x02, 0x50, 0x53, 0x00, 0x00, 0x01}};  // TAP: the host side's
  std::vector<IpAddress> addresses{};  // sockets: those of the host that are used; empty: all
  std::size_t receive_buffer_bytes = kSocketReceiveBytes;  // sockets: of each worker's
  std::size_t send_buffer_bytes = kSocketSendBytes;        // likewise
};

struct PortStats {
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t transmitted_packets = 0;
  std::uint64_t transmitted_bytes = 0;
  std::uint64_t missed_packets = 0;  // the device's ring, or the socket's buffer, was full
  std::uint64_t receive_errors = 0;
  std::uint64_t transmit_errors = 0;
  std::uint64_t no_buffer_packets = 0;  // the pool was empty
  std::uint64_t too_large_packets = 0;  // sockets: not sent, a link on the way has a smaller MTU
};

// What the device's rings can hold.
struct PortRings {
  std::size_t queue_count = 1;       // receive and transmit queues each
  std::size_t receive_packets = 0;   // of each
  std::size_t transmit_packets = 0;  // of each
};

class DataPort {
 public:
  DataPort() = default;
  // No worker may be running.
  virtual ~DataPort() = default;
  DataPort(const DataPort&) = delete;
  DataPort& operator=(const DataPort&) = delete;

  // From now on packets come and go; the pool must outlive the port.
  virtual std::expected<void, std::string> start(const PacketPool& pool) = 0;

  // What is sent to these groups of the link is received from now on, too, where a device filters.
  // After start(). Of sockets: the kernel sees to it.
  virtual void join_groups(std::span<const MacAddress> groups) { static_cast<void>(groups); }

  virtual const PortRings& rings() const = 0;
  virtual MacAddress mac() const = 0;
  // Of IP packets; at least kMtuMin.
  virtual std::uint16_t mtu() const = 0;
  // The node that the device is attached to; -1: none in particular.
  virtual int numa_node() const = 0;
  virtual bool is_link_up() const = 0;
  // What is sent may leave its UDP checksum to the port.
  virtual bool finishes_checksums() const { return false; }
  virtual PortStats stats() const = 0;
  // Lines for the startup summary, valid after start().
  virtual std::string summary() const = 0;
};

}  // namespace penstock
