#include "dataplane/cc/queue_level.h"

#include <gtest/gtest.h>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr double kBps = 1e6;
constexpr std::size_t kPacket = 1'250;  // 10 ms of it
constexpr Duration kWay = 50 * kMillisecond;

class QueueLevelTest : public testing::Test {
 protected:
  // Packets that are sent 10 ms apart, and wait for so long.
  void run(int packets, Duration wait, double bps) {
    for (int i = 0; i < packets; ++i) {
      now += 10 * kMillisecond;
      level.add(now, now + kWay + wait, 100, bps);
    }
  }

  QueueLevel level;
  Timestamp now = kSecond;
};

TEST_F(QueueLevelTest, WhatAllPacketsWaitForIsAQueue) {
  run(100, 0, kBps);
  EXPECT_LE(level.standing(), kMillisecond);
  run(20, 40 * kMillisecond, kBps);
  EXPECT_GE(level.standing(), 38 * kMillisecond);
  run(20, 0, kBps);
  EXPECT_LE(level.standing(), kMillisecond);
}

TEST_F(QueueLevelTest, JitterIsNoQueue) {
  Prng prng(3);
  run(100, 0, kBps);
  for (int i = 0; i < 1'000; ++i) {
    run(1, static_cast<Duration>(prng.below(30)) * kMillisecond, kBps);
    EXPECT_LT(level.standing(), 20 * kMillisecond);
  }
}

// 16 packets at one instant, of which the last one waits for the 15 before it.
TEST_F(QueueLevelTest, ABurstWaitsForItself) {
  for (const bool is_explained : {true, false}) {
    level.reset();
    run(100, 0, kBps);
    for (int i = 1; i <= 16; ++i)
      level.add(now, now + kWay + i * 10 * kMillisecond, kPacket, is_explained ? kBps : 0);
    for (int i = 0; i < 5; ++i) {
      now += 10 * kMillisecond;
      level.add(now, now + kWay + (150 - 10 * i) * kMillisecond, 100, is_explained ? kBps : 0);
    }
    if (is_explained) {
      EXPECT_LE(level.standing(), kMillisecond);
    } else {
      EXPECT_GE(level.standing(), 100 * kMillisecond);
    }
  }
}

TEST_F(QueueLevelTest, ABurstThatWaitsForLongerThanTheWayShouldNeedIsAQueue) {
  run(100, 0, kBps);
  for (int i = 1; i <= 16; ++i) level.add(now, now + kWay + i * 20 * kMillisecond, kPacket, kBps);
  EXPECT_GE(level.standing(), 100 * kMillisecond);
}

TEST_F(QueueLevelTest, AWayThatHasBecomeLongerIsTheWayAfterAWhile) {
  run(100, 0, kBps);
  run(500, 60 * kMillisecond, kBps);
  EXPECT_GE(level.standing(), 50 * kMillisecond);
  run(2'000, 60 * kMillisecond, kBps);
  EXPECT_LE(level.standing(), kMillisecond);
}

}  // namespace
}  // namespace penstock
