// The one data port: a TAP device, a Linux interface through AF_PACKET or AF_XDP, or a PCI NIC.
// Opened, started and closed on the control thread; workers use its queues through DpdkPlatform.
//
// One RX and one TX queue per worker where the device has as many. Otherwise worker w < queue_count
// owns queue w and the others receive by handover and transmit through an owner's relay ring.
//
// A peer on the same host whose interface leaves UDP checksums to hardware (veth) sends them
// unfinished, and they are dropped as wrong: `ethtool -K <peer> tx off`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/limits.h"
#include "dataplane/dpdk/packet_pool.h"
#include "dataplane/net/mac_address.h"

struct rte_device;
struct rte_eth_dev_info;

namespace penstock {

enum class PortDriver : std::uint8_t {
  kTap,       // makes a TAP device named `device`, which goes when the port is closed
  kAfPacket,  // an existing Linux interface `device`
  kAfXdp,     // an existing Linux interface `device`
  kPci,       // the NIC at PCI address `device`, which Eal was told to probe
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
  std::uint16_t first_queue = 0;              // AF_XDP: the interface's queue that worker 0 takes
  MacAddress tap_mac = {{0x02, 0x50, 0x53, 0x00, 0x00, 0x02}};       // TAP: ours
  MacAddress tap_host_mac = {{0x02, 0x50, 0x53, 0x00, 0x00, 0x01}};  // TAP: the host side's
};

struct PortStats {
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t transmitted_packets = 0;
  std::uint64_t transmitted_bytes = 0;
  std::uint64_t missed_packets = 0;  // the device's ring was full
  std::uint64_t receive_errors = 0;
  std::uint64_t transmit_errors = 0;
  std::uint64_t no_buffer_packets = 0;  // the pool was empty
};

// What the device's rings can hold.
struct PortRings {
  std::size_t queue_count = 1;       // receive and transmit queues each
  std::size_t receive_packets = 0;   // of each
  std::size_t transmit_packets = 0;  // of each
};

struct PortSettings;

class Port {
 public:
  // What open() needs from the machine; to be asked before EAL is started. Error: text with remedy.
  static std::expected<void, std::string> check(const PortConfig& config);
  // Before the device is known: the most that it can turn out to have.
  static PortRings rings_max(const PortConfig& config, std::size_t queue_count);
  // Who holds packets in the rings, for the pool's sum.
  static std::vector<PacketPoolTerm> pool_terms(const PortConfig& config, const PortRings& rings);

  // How many of those a driver keeps to itself when the port is closed: AF_XDP's fill ring belongs
  // to the kernel by then. 0 for every other.
  static std::size_t kept_at_close_max(const PortConfig& config, std::size_t queue_count);

  // Whether its driver takes the packets' memory to be one piece without gaps.
  static bool needs_packets_in_one_piece(const PortConfig& config) {
    return config.driver == PortDriver::kAfXdp;
  }

  // Finds or makes the device and configures it. EAL must be running; `probe_log` is its
  // (Eal::probe_log). Error: text with remedy.
  static std::expected<std::unique_ptr<Port>, std::string> open(const PortConfig& config,
                                                                std::string_view probe_log = {});
  // Closes the device; a TAP device is gone afterwards. No worker may be running.
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Sets the queues up on the pool and starts the device; the pool must outlive the port.
  std::expected<void, std::string> start(const PacketPool& pool);

  // What is sent to these groups of the link is received from now on, too, where the device filters
  // at all. After start().
  void join_groups(std::span<const MacAddress> groups);

  std::uint16_t id() const { return id_; }
  std::size_t queue_count() const { return rings_.queue_count; }
  const PortRings& rings() const { return rings_; }
  MacAddress mac() const { return mac_; }
  // At least kMtuMin.
  std::uint16_t mtu() const { return mtu_; }
  // The node that the device is attached to; -1: none in particular.
  int numa_node() const;
  bool is_link_up() const;
  PortStats stats() const;
  // Lines for the startup summary, valid after start().
  std::string summary() const;

 private:
  Port(const PortConfig& config, std::uint16_t id, rte_device* device);
  std::expected<void, std::string> configure(const rte_eth_dev_info& info, std::size_t queues_max);
  void adopt(const PortSettings& settings);
  std::expected<void, std::string> set_up_queues(const PacketPool& pool);
  std::string failure(const std::string& what, int error) const;

  PortConfig config_;
  std::uint16_t id_;
  rte_device* device_;
  PortRings rings_;
  std::uint16_t receive_entries_ = 0;
  std::uint16_t transmit_entries_ = 0;
  std::uint16_t mtu_ = 0;
  MacAddress mac_;
  bool has_checksum_offload_ = false;
  bool is_started_ = false;
  std::string steering_;
};

}  // namespace penstock
