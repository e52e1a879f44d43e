#include "bench/inprocess/standstill_log.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

TEST(StandstillLogTest, IterationsThatFollowEachOtherAreNone) {
  StandstillLog log;
  for (int i = 1; i < 100; ++i) log.begin_iteration(i * kMillisecond);
  EXPECT_EQ(log.count(), 0U);
  EXPECT_FALSE(log.overlaps(0, kSecond));
}

TEST(StandstillLogTest, AGapIsFoundByEveryTimeThatTouchesIt) {
  StandstillLog log;
  log.begin_iteration(10 * kMillisecond);
  log.begin_iteration(15 * kMillisecond);
  EXPECT_EQ(log.count(), 1U);
  EXPECT_TRUE(log.overlaps(12 * kMillisecond, 13 * kMillisecond));
  EXPECT_TRUE(log.overlaps(5 * kMillisecond, 11 * kMillisecond));
  EXPECT_TRUE(log.overlaps(14 * kMillisecond, 20 * kMillisecond));
  EXPECT_TRUE(log.overlaps(0, kSecond));
  EXPECT_FALSE(log.overlaps(0, 9 * kMillisecond));
  EXPECT_FALSE(log.overlaps(16 * kMillisecond, kSecond));
}

TEST(StandstillLogTest, TheLatestAreRemembered) {
  StandstillLog log;
  for (int i = 1; i <= 1'000; ++i) log.begin_iteration(i * 10 * kMillisecond);
  EXPECT_EQ(log.count(), 999U);
  EXPECT_TRUE(log.overlaps(9'995 * kMillisecond, 9'996 * kMillisecond));
  EXPECT_FALSE(log.overlaps(0, 100 * kMillisecond));
}

}  // namespace
}  // namespace penstock::bench
