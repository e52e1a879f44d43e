#include "dataplane/dpdk/packet_pool.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "dataplane/base/round_up.h"
#include "dataplane/dpdk/aligned_memory.h"
#include "dataplane/dpdk/log_capture.h"
#include "dataplane/pool/pool_audit.h"
#include "dataplane/worker/packet_metadata.h"
#include "dataplane/worker/platform.h"

namespace penstock {
namespace {

// With a private area of whole cache lines and DPDK's headroom of two, a frame starts on one.
constexpr std::size_t kPrivateBytes = round_up(sizeof(PacketMetadata), kCacheLineBytes);
// AF_XDP takes 256 bytes more in front of the frame; the rest must still do.
constexpr std::size_t kDataRoomBytes = RTE_PKTMBUF_HEADROOM + 2'048;
static_assert(sizeof(rte_mbuf) % kCacheLineBytes == 0);
static_assert(RTE_PKTMBUF_HEADROOM % kCacheLineBytes == 0);
static_assert(kDataRoomBytes - RTE_PKTMBUF_HEADROOM - 256 >= kPacketBytesMax);
static_assert(alignof(PacketMetadata) <= kCacheLineBytes);

// A cache is flushed to the pool only above one and a half times its size.
std::size_t cached_packets(const PacketPoolConfig& config) {
  return config.lcore_count * (PacketPool::kCachePackets * 3 / 2);
}

// As rte_pktmbuf_pool_create() does it, which takes no flags. Null: rte_errno says why.
rte_mempool* create_in_one_piece(const std::string& name, std::size_t packets, int numa_node) {
  rte_mempool* mempool = rte_mempool_create_empty(
      name.c_str(), static_cast<unsigned>(packets),
      static_cast<unsigned>(sizeof(rte_mbuf) + kPrivateBytes + kDataRoomBytes),
      PacketPool::kCachePackets, sizeof(rte_pktmbuf_pool_private), numa_node,
      RTE_MEMPOOL_F_NO_IOVA_CONTIG);
  if (mempool == nullptr) return nullptr;
  rte_pktmbuf_pool_private layout{};
  layout.mbuf_data_room_size = static_cast<std::uint16_t>(kDataRoomBytes);
  layout.mbuf_priv_size = static_cast<std::uint16_t>(kPrivateBytes);
  rte_pktmbuf_pool_init(mempool, &layout);
  int error = rte_mempool_set_ops_byname(mempool, rte_mbuf_best_mempool_ops(), nullptr);
  if (error == 0) error = std::min(rte_mempool_populate_default(mempool), 0);
  if (error == 0 && mempool->nb_mem_chunks != 1) error = -ENOMEM;
  if (error != 0) {
    rte_mempool_free(mempool);
    rte_errno = -error;
    return nullptr;
  }
  rte_mempool_obj_iter(mempool, rte_pktmbuf_init, nullptr);
  return mempool;
}

rte_mempool* create_mempool(const std::string& name, std::size_t packets,
                            const PacketPoolConfig& config, int numa_node) {
  if (config.in_one_piece) return create_in_one_piece(name, packets, numa_node);
  return rte_pktmbuf_pool_create(name.c_str(), static_cast<unsigned>(packets),
                                 PacketPool::kCachePackets,
                                 static_cast<std::uint16_t>(kPrivateBytes),
                                 static_cast<std::uint16_t>(kDataRoomBytes), numa_node);
}

std::size_t sum(const std::vector<PacketPoolTerm>& terms) {
  std::size_t packets = 0;
  for (const PacketPoolTerm& term : terms) {
    packets += term.packets;
  }
  return packets;
}

}  // namespace

std::size_t PacketPool::memory_mib(const PacketPoolConfig& config) {
  const std::size_t bytes_per_packet =
      rte_mempool_calc_obj_size(
          static_cast<std::uint32_t>(sizeof(rte_mbuf) + kPrivateBytes + kDataRoomBytes), 0,
          nullptr) +
      sizeof(void*) * 2;  // its place in the free list, a power of two
  return (sum(config.terms) + cached_packets(config)) * bytes_per_packet / (1'024 * 1'024) + 1;
}

std::expected<std::unique_ptr<PacketPool>, std::string> PacketPool::create(
    const PacketPoolConfig& config) {
  static std::atomic<unsigned> pools_made = 0;  // mempool names are unique in a process
  const std::size_t packets = sum(config.terms) + cached_packets(config);
  const std::string name = "packets-" + std::to_string(pools_made.fetch_add(1));
  LogCapture log(false);  // what it says is said better below
  rte_mempool* mempool = create_mempool(name, packets, config, config.numa_node);
  if (mempool == nullptr && config.numa_node != SOCKET_ID_ANY) {
    mempool = create_mempool(name, packets, config, SOCKET_ID_ANY);
  }
  if (mempool == nullptr) {
    return std::unexpected("no memory for " + std::to_string(packets) + " packets, " +
                           std::to_string(memory_mib(config)) + " MiB (" + rte_strerror(rte_errno) +
                           "): give DPDK more, or lower the ring sizes");
  }
  return std::unique_ptr<PacketPool>(new PacketPool(mempool, config));
}

PacketPool::PacketPool(rte_mempool* mempool, const PacketPoolConfig& config)
    : mempool_(mempool),
      held_max_(sum(config.terms)),
      kept_max_(config.kept_max),
      terms_(config.terms) {
  terms_.push_back({"lcore caches", cached_packets(config)});
}

PacketPool::~PacketPool() {
#ifdef PENSTOCK_TEST_HOOKS
  const std::size_t missing = capacity() - available();
  if (missing > kept_max_)
    PoolAudit::all().note("packet pool: " + std::to_string(missing) + " missing");
#endif
  rte_mempool_free(mempool_);
}

std::size_t PacketPool::capacity() const { return mempool_->populated_size; }

std::size_t PacketPool::available() const { return rte_mempool_avail_count(mempool_); }

std::size_t PacketPool::held_max() const { return held_max_; }

std::size_t PacketPool::packet_bytes() const { return mempool_->elt_size; }

int PacketPool::numa_node() const { return mempool_->socket_id; }

}  // namespace penstock
