// The packet buffers of the process: one mempool with a cache per lcore, so that a buffer received
// by one worker can be read and freed by another. Its size is a sum with one named term per holder:
// with every holder full there is still a buffer to receive into. Created and destroyed on the
// control thread; packets are taken and given back through DpdkPlatform, on any lcore.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <vector>

struct rte_mempool;

namespace penstock {

// One who can hold packets, and how many at most.
struct PacketPoolTerm {
  std::string name;
  std::size_t packets = 0;
};

struct PacketPoolConfig {
  std::vector<PacketPoolTerm> terms{};
  std::size_t lcore_count = 2;  // that keep a cache: workers and the control thread
  std::size_t kept_max = 0;     // that need not come back (Port::kept_at_close_max)
  // That the packets lie on: the port's, whose device reads and writes them. Where it has no memory
  // left they lie on another; -1: on any.
  int numa_node = -1;
  // Buffers lie beside each other without gaps, and have no addresses for devices on a bus. For
  // AF_XDP, whose driver tells the kernel of that much memory and not of what DPDK leaves free so
  // that no buffer crosses a page (Port::needs_packets_in_one_piece).
  bool in_one_piece = false;
};

class PacketPool {
 public:
  // Packets that an lcore's cache can keep to itself.
  static constexpr std::size_t kCachePackets = 256;

  // EAL must be running, with memory_mib(config) to spare. The caches' term is added here.
  static std::expected<std::unique_ptr<PacketPool>, std::string> create(
      const PacketPoolConfig& config);
  // Memory that create() will need.
  static std::size_t memory_mib(const PacketPoolConfig& config);

  // Every packet has come back before, but for those that the port's driver keeps: checked where
  // pools are audited (pool/pool_audit.h).
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  rte_mempool* mempool() const { return mempool_; }
  std::size_t capacity() const;
  // Free buffers, those in the lcores' caches included. Exact only while nobody takes or gives:
  // capacity() - available() packets are held by someone.
  std::size_t available() const;
  // What the named holders hold together at most; the rest is for the lcores' caches.
  std::size_t held_max() const;
  std::size_t packet_bytes() const;
  // That was asked for, or -1 where it had no memory left.
  int numa_node() const;
  // The sum, the caches' term included.
  const std::vector<PacketPoolTerm>& terms() const { return terms_; }

 private:
  PacketPool(rte_mempool* mempool, const PacketPoolConfig& config);

  rte_mempool* mempool_;
  std::size_t held_max_;
  std::size_t kept_max_;
  std::vector<PacketPoolTerm> terms_;
};

}  // namespace penstock
