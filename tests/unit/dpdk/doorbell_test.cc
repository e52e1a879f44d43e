#include "dataplane/dpdk/doorbell.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace penstock {
namespace {

bool is_readable(const Doorbell& doorbell, int timeout_ms = 0) {
  pollfd entry{.fd = doorbell.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

TEST(DoorbellTest, StaysSilentWhileTheControlThreadIsAwake) {
  auto doorbell = Doorbell::create().value();
  doorbell->ring_if_asleep();
  EXPECT_FALSE(is_readable(*doorbell));
  EXPECT_EQ(doorbell->ring_count(), 0U);
}

TEST(DoorbellTest, RingsOnceForOneDeclarationHoweverManyWorkersRing) {
  auto doorbell = Doorbell::create().value();
  doorbell->declare_asleep();
  doorbell->ring_if_asleep();
  doorbell->ring_if_asleep();
  doorbell->ring_if_asleep();
  EXPECT_TRUE(is_readable(*doorbell));
  EXPECT_EQ(doorbell->ring_count(), 1U);
}

TEST(DoorbellTest, IsQuietAgainAfterDeclareAwakeAndRingsAfterTheNextDeclaration) {
  auto doorbell = Doorbell::create().value();
  doorbell->declare_asleep();
  doorbell->ring_if_asleep();
  doorbell->declare_awake();
  EXPECT_FALSE(is_readable(*doorbell));
  doorbell->ring_if_asleep();
  EXPECT_FALSE(is_readable(*doorbell));
  doorbell->declare_asleep();
  doorbell->ring_if_asleep();
  EXPECT_TRUE(is_readable(*doorbell));
}

TEST(DoorbellTest, NoEntryIsEverSleptThrough) {
  constexpr int kEntries = 20'000;
  auto doorbell = Doorbell::create().value();
  std::atomic<int> produced = 0;
  std::thread worker([&] {
    for (int i = 1; i <= kEntries; ++i) {
      produced.store(i, std::memory_order_release);
      doorbell->ring_if_asleep();
      if (i % 64 == 0) {
        std::this_thread::yield();
      }
    }
  });
  int seen = 0;
  while (seen < kEntries) {
    doorbell->declare_asleep();
    if (produced.load(std::memory_order_acquire) == seen) {
      ASSERT_TRUE(is_readable(*doorbell, 10'000)) << "slept through entry " << seen + 1;
    }
    doorbell->declare_awake();
    seen = produced.load(std::memory_order_acquire);
  }
  worker.join();
}

}  // namespace
}  // namespace penstock
