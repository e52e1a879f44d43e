#include "dataplane/forward/pace.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr std::uint32_t kPercent = 250;
constexpr std::size_t kPacket = 1'250;

class PaceTest : public testing::Test {
 protected:
  // So many bytes in each interval of the measurement.
  void measure(std::size_t bytes, int intervals = 2) {
    for (int i = 0; i < intervals; ++i) {
      pace.offer(bytes);
      now += Pace::kMeasureInterval;
      pace.measure(now, kPercent);
    }
  }
  // How many packets go at this instant.
  int send_all() {
    int sent = 0;
    while (sent < 1'000 && pace.is_open(now)) {
      pace.take(now, kPacket);
      ++sent;
    }
    return sent;
  }

  Pace pace;
  Timestamp now = kSecond;
};

// 125,000 bytes a second: 2.5 times that are 4 ms for each packet.
constexpr std::size_t kMegabit = 125'000 / 4;

TEST_F(PaceTest, NothingIsPacedBeforeTheRateIsKnown) {
  EXPECT_EQ(send_all(), 1'000);
  pace.offer(kMegabit);
  pace.measure(now, kPercent);
  EXPECT_EQ(send_all(), 1'000) << "when counting began is not known";
}

// The last one of them begins a burst ahead of its time.
constexpr int kBurstPackets = Pace::kBurst / (4 * kMillisecond) + 1;

TEST_F(PaceTest, ABurstGoesAtOnceAndTheRestAtThePace) {
  measure(kMegabit);
  EXPECT_EQ(send_all(), kBurstPackets);
  EXPECT_NEAR(static_cast<double>(pace.opens_at() - now), 4e6, 1e5);
  for (int i = 0; i < 100; ++i) {
    now += 4 * kMillisecond + kMillisecond / 100;
    EXPECT_EQ(send_all(), 1);
  }
}

TEST_F(PaceTest, AFrameOfTwiceTheUsualSizeDoesNotWait) {
  measure(kMegabit);
  const std::size_t frame_bytes = 125'000 / 30;
  for (int frame = 0; frame < 30; ++frame) {
    const std::size_t bytes = frame % 2 == 0 ? 2 * frame_bytes : 100;
    for (std::size_t sent = 0; sent < bytes; sent += kPacket) {
      EXPECT_TRUE(pace.is_open(now));
      pace.take(now, std::min(kPacket, bytes - sent));
    }
    now += kSecond / 30;
  }
}

TEST_F(PaceTest, AKeyframeIsSpreadFromItsBeginningOn) {
  measure(kMegabit);
  pace.begin_keyframe(now);
  // No 5 ms have more than the pace, and the packet that is under way.
  for (int i = 0; i < 16; ++i) {
    EXPECT_LE(send_all(), 2) << i;
    now += 5 * kMillisecond;
  }
  now += 4 * Pace::kBurst;
  EXPECT_EQ(send_all(), kBurstPackets) << "the frames after it go at once again";
}

TEST_F(PaceTest, AKeyframeGoesAtOnceBeforeTheRateIsKnown) {
  pace.begin_keyframe(now);
  EXPECT_EQ(send_all(), 1'000);
}

TEST_F(PaceTest, WhoSentNothingForAWhileHasNoMoreThanABurst) {
  measure(kMegabit);
  now += 10 * kSecond;
  EXPECT_EQ(send_all(), kBurstPackets);
}

TEST_F(PaceTest, AFrameInOneIntervalAndNoneInTheNextAreTheRateOfBoth) {
  measure(kMegabit);
  measure(0, 1);
  EXPECT_EQ(send_all(), kBurstPackets);
  measure(0, 1);
  EXPECT_EQ(send_all(), 1'000) << "nothing is known any more";
}

TEST_F(PaceTest, WhatWaitsGoesWithinTheLongestDelay) {
  measure(kMegabit / 100);
  pace.take(now, kPacket);
  constexpr int kWaiting = 50;
  pace.hurry(kWaiting * kPacket);
  const Timestamp begin = pace.opens_at() + Pace::kBurst;
  for (int i = 0; i < kWaiting; ++i) pace.take(now, kPacket);
  EXPECT_NEAR(static_cast<double>(pace.opens_at() + Pace::kBurst - begin),
              static_cast<double>(Pace::kDelayMax), 2e6);
}

TEST_F(PaceTest, APaceThatIsFastEnoughIsNotSlowedByWhatWaits) {
  measure(100 * kMegabit);
  pace.hurry(1);
  pace.take(now, 100 * kPacket);
  EXPECT_LE(pace.opens_at(), now);
}

TEST_F(PaceTest, WithoutAFactorNothingIsPaced) {
  for (int i = 0; i < 3; ++i) {
    pace.offer(kMegabit);
    now += Pace::kMeasureInterval;
    pace.measure(now, 0);
  }
  EXPECT_EQ(send_all(), 1'000);
}

}  // namespace
}  // namespace penstock
