#include "dataplane/dpdk/packet_pool.h"

#include <gtest/gtest.h>
#include <rte_launch.h>

#include <array>
#include <atomic>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/dpdk/dpdk_platform.h"
#include "tests/unit/dpdk/eal_test_main.h"

namespace penstock {
namespace {

struct Storm {
  Storm() : rings(2, {}), qsbr(2), doorbell(Doorbell::create().value()) {}

  DpdkPlatform platform(WorkerIndex worker) {
    return DpdkPlatform({.worker = worker,
                         .port_id = shared_port_id(),
                         .queue_count = 2,
                         .pool = shared_pool().mempool(),
                         .rings = &rings,
                         .qsbr = &qsbr,
                         .doorbell = doorbell.get()});
  }

  WorkerRings rings;
  Qsbr qsbr;
  std::unique_ptr<Doorbell> doorbell;
  std::atomic<std::uint64_t> handed_over = 0;
  std::atomic<int> still_sending = 2;
  std::atomic<int> still_running = 2;
};

struct StormWorker {
  Storm* storm;
  WorkerIndex index;
};

void release_received(DpdkPlatform& platform) {
  std::array<Handover<rte_mbuf>, 32> handovers;
  const std::size_t count = platform.receive_handovers(handovers);
  for (std::size_t i = 0; i < count; ++i) {
    platform.release(handovers[i].packet);
  }
}

// Takes, hands over and gives back at random; ends with nothing of its own left.
int run_storm(void* argument) {
  auto& [storm, index] = *static_cast<StormWorker*>(argument);
  DpdkPlatform platform = storm->platform(index);
  Prng prng(index + 1);
  std::vector<rte_mbuf*> held;
  for (int step = 0; step < 200'000; ++step) {
    if (rte_mbuf* packet = platform.allocate(); packet != nullptr) {
      const WorkerIndex other = 1 - index;
      if (prng.next_u64() % 2 == 0 &&
          platform.hand_over(other, handover_of(HandoverKind::kDatagram, packet))) {
        storm->handed_over.fetch_add(1);
      } else {
        held.push_back(packet);
      }
    }
    while (held.size() > prng.next_u64() % 600) {
      platform.release(held.back());
      held.pop_back();
    }
    release_received(platform);
  }
  for (rte_mbuf* packet : held) {
    platform.release(packet);
  }
  storm->still_sending.fetch_sub(1);
  while (storm->still_sending.load() > 0) {
    release_received(platform);
  }
  release_received(platform);
  storm->still_running.fetch_sub(1);
  return 0;
}

TEST(PacketPoolTest, EveryPacketIsBackAfterAStormOnTwoLcores) {
  Storm storm;
  std::array<StormWorker, 2> workers = {{{&storm, 0}, {&storm, 1}}};
  ASSERT_EQ(shared_pool().available(), shared_pool().capacity());
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(rte_eal_remote_launch(&run_storm, &workers[i], i + 1), 0);
  }
  rte_eal_mp_wait_lcore();
  ASSERT_EQ(storm.still_running.load(), 0);
  DpdkPlatform first = storm.platform(0);
  DpdkPlatform second = storm.platform(1);
  for (int i = 0; i < 64; ++i) {
    release_received(first);
    release_received(second);
  }
  EXPECT_GT(storm.handed_over.load(), 1'000U);
  EXPECT_EQ(shared_pool().available(), shared_pool().capacity());
}

TEST(PacketPoolTest, GivesNullWhenExhaustedAndRecovers) {
  Storm storm;
  DpdkPlatform platform = storm.platform(0);
  std::vector<rte_mbuf*> held;
  for (rte_mbuf* packet = platform.allocate(); packet != nullptr; packet = platform.allocate()) {
    held.push_back(packet);
  }
  EXPECT_EQ(held.size() + shared_pool().available(), shared_pool().capacity());
  for (rte_mbuf* packet : held) {
    platform.release(packet);
  }
  EXPECT_EQ(shared_pool().available(), shared_pool().capacity());
}

TEST(PacketPoolTest, AFrameStartsOnACacheLineWithRoomForTheLargestPacket) {
  Storm storm;
  DpdkPlatform platform = storm.platform(0);
  rte_mbuf* packet = platform.allocate();
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(platform.data(packet)) % 64, 0U);
  EXPECT_GE(rte_pktmbuf_tailroom(packet), kPacketBytesMax);
  platform.release(packet);
}

// From the first byte of the first packet to the end of the last one.
std::size_t extent_bytes(rte_mempool* mempool) {
  struct Extent {
    std::uintptr_t begin = UINTPTR_MAX;
    std::uintptr_t end = 0;
  } extent;
  rte_mempool_obj_iter(
      mempool,
      [](rte_mempool* pool, void* data, void* object, unsigned) {
        const auto address = reinterpret_cast<std::uintptr_t>(object);
        auto& all = *static_cast<Extent*>(data);
        all.begin = std::min(all.begin, address - pool->header_size);
        all.end = std::max(all.end, address + pool->elt_size + pool->trailer_size);
      },
      &extent);
  return extent.end - extent.begin;
}

// AF_XDP's driver tells the kernel of as many bytes as packets have. What lies behind them is
// refused, and lost.
TEST(PacketPoolTest, PacketsOfOnePieceHaveNoGapsBetweenThem) {
  const auto pool = PacketPool::create({.terms = {{"test", 3'000}}, .in_one_piece = true});
  ASSERT_TRUE(pool.has_value()) << pool.error();
  rte_mempool* mempool = (*pool)->mempool();
  EXPECT_EQ(extent_bytes(mempool), (*pool)->capacity() * (mempool->header_size + mempool->elt_size +
                                                          mempool->trailer_size));
  rte_mbuf* packet = rte_pktmbuf_alloc(mempool);
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(packet, void*)) % 64, 0U);
  EXPECT_GE(rte_pktmbuf_tailroom(packet), kPacketBytesMax);
  EXPECT_GE(rte_pktmbuf_priv_size(mempool), sizeof(PacketMetadata));
  rte_pktmbuf_free(packet);
  EXPECT_EQ((*pool)->available(), (*pool)->capacity());
}

TEST(PacketPoolTest, ItsSizeIsTheSumOfTheNamedTermsAndItSaysSo) {
  const PacketPoolConfig config{.terms = {{"receive rings", 100}, {"history", 0}},
                                .lcore_count = 1};
  const auto pool = PacketPool::create(config);
  ASSERT_TRUE(pool.has_value()) << pool.error();
  EXPECT_EQ((*pool)->capacity(), 100 + PacketPool::kCachePackets * 3 / 2);
  std::string summary;
  for (const PacketPoolTerm& term : (*pool)->terms()) {
    summary += term.name + ": " + std::to_string(term.packets) + "\n";
  }
  EXPECT_NE(summary.find("receive rings: 100"), std::string::npos);
  EXPECT_NE(summary.find("lcore caches: 384"), std::string::npos);
  EXPECT_EQ((*pool)->held_max() + 384, (*pool)->capacity());
}

TEST(PacketPoolTest, PacketsLieOnTheNodeThatIsAskedFor) {
  for (const bool is_in_one_piece : {false, true}) {
    for (const int node : {0, -1}) {
      const auto pool = PacketPool::create(
          {.terms = {{"test", 100}}, .numa_node = node, .in_one_piece = is_in_one_piece});
      ASSERT_TRUE(pool.has_value()) << pool.error();
      EXPECT_EQ((*pool)->numa_node(), node);
    }
  }
}

TEST(PacketPoolTest, ANodeWithoutMemoryIsNoReasonNotToStart) {
  const auto pool = PacketPool::create({.terms = {{"test", 100}}, .numa_node = RTE_MAX_NUMA_NODES});
  ASSERT_TRUE(pool.has_value()) << pool.error();
  EXPECT_EQ((*pool)->numa_node(), -1);
}

TEST(PacketPoolTest, TooLittleMemoryIsAnErrorThatSaysHowMuch) {
  const auto pool = PacketPool::create({.terms = {{"history", 10'000'000}}});
  ASSERT_FALSE(pool.has_value());
  EXPECT_NE(pool.error().find("no memory for 10000768 packets"), std::string::npos) << pool.error();
}

}  // namespace
}  // namespace penstock
