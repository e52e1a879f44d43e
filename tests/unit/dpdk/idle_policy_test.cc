#include <gtest/gtest.h>

#include "dataplane/dpdk/worker_loop.h"

namespace penstock {
namespace {

TEST(IdlePolicyTest, SpinsFirstThenSleepsForTwiceAsLongEachTimeUpToTheBound) {
  IdlePolicy idle(PollingConfig{});
  Timestamp now = kSecond;
  EXPECT_EQ(idle.next_sleep(now, true, true), 0);
  EXPECT_EQ(idle.next_sleep(now + 49 * kMicrosecond, false, true), 0);
  now += 50 * kMicrosecond;
  EXPECT_EQ(idle.next_sleep(now, false, true), 10 * kMicrosecond);
  EXPECT_EQ(idle.next_sleep(now, false, true), 20 * kMicrosecond);
  EXPECT_EQ(idle.next_sleep(now, false, true), 40 * kMicrosecond);
  for (int i = 0; i < 10; ++i) {
    idle.next_sleep(now, false, true);
  }
  EXPECT_EQ(idle.next_sleep(now, false, true), kMillisecond);
}

TEST(IdlePolicyTest, SleepsLongerWithoutTransports) {
  IdlePolicy idle(PollingConfig{});
  Duration sleep = 0;
  for (int i = 0; i < 20; ++i) {
    sleep = idle.next_sleep(kSecond, false, false);
  }
  EXPECT_EQ(sleep, 2 * kMillisecond);
  EXPECT_EQ(idle.next_sleep(kSecond, false, true), kMillisecond);
}

TEST(IdlePolicyTest, WorkStartsItAllOver) {
  IdlePolicy idle(PollingConfig{});
  for (int i = 0; i < 20; ++i) {
    idle.next_sleep(kSecond, false, true);
  }
  EXPECT_EQ(idle.next_sleep(kSecond, true, true), 0);
  EXPECT_EQ(idle.next_sleep(kSecond + kMicrosecond, false, true), 0);
  EXPECT_EQ(idle.next_sleep(kSecond + kMillisecond, false, true), 10 * kMicrosecond);
}

TEST(IdlePolicyTest, NeverSleepsWhenToldToSpin) {
  IdlePolicy idle(PollingConfig{.mode = PollingMode::kSpin});
  for (Timestamp now = 0; now < 10 * kSecond; now += kSecond) {
    EXPECT_EQ(idle.next_sleep(now, false, false), 0);
  }
}

}  // namespace
}  // namespace penstock
