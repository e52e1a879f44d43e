// The data port on a DPDK device: a TAP device, a Linux interface through AF_PACKET or AF_XDP, or a
// PCI NIC. Opened, started and closed on the control thread; workers use its queues through
// DpdkPlatform.
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

#include "dataplane/dpdk/data_port.h"

struct rte_device;
struct rte_eth_dev_info;

namespace penstock {

struct PortSettings;

class Port final : public DataPort {
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
  ~Port() override;

  // Sets the queues up on the pool and starts the device.
  std::expected<void, std::string> start(const PacketPool& pool) override;

  // What is sent to these groups of the link is received from now on, too, where the device filters
  // at all. After start().
  void join_groups(std::span<const MacAddress> groups) override;

  std::uint16_t id() const { return id_; }
  std::size_t queue_count() const { return rings_.queue_count; }
  const PortRings& rings() const override { return rings_; }
  MacAddress mac() const override { return mac_; }
  std::uint16_t mtu() const override { return mtu_; }
  int numa_node() const override;
  bool is_link_up() const override;
  bool finishes_checksums() const override { return finishes_checksums_; }
  PortStats stats() const override;
  std::string summary() const override;

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
  bool verifies_checksums_ = false;
  bool finishes_checksums_ = false;
  bool is_started_ = false;
  std::string steering_;
};

}  // namespace penstock
