// The bottleneck of a link: a rate, and a queue before it.
#include <gtest/gtest.h>

#include "bench/bridge/link_model.h"

namespace penstock::bridge {
namespace {

constexpr std::size_t kBytes = 1'250;  // 10,000 bits: 10 ms at 1 Mb/s
constexpr std::uint64_t kMegabit = 1'000'000;

class BottleneckTest : public testing::Test {
 protected:
  // Frames of kBytes at a steady rate, from `from` until `until`. Returns how many arrived within
  // [from, until + slack).
  std::size_t offer_at(std::uint64_t rate_bps, Timestamp from, Timestamp until) {
    const auto spacing = static_cast<Duration>(8 * kBytes * kSecond / rate_bps);
    std::size_t arrived = 0;
    for (Timestamp at = from; at < until; at += spacing) {
      const LinkVerdict verdict = link_.offer(kBytes, at, prng_);
      arrived += verdict.at != kNever && verdict.at >= from && verdict.at < until;
    }
    return arrived;
  }

  LinkModel link_;
  Prng prng_{1};
};

TEST_F(BottleneckTest, WhatIsBelowTheRateWaitsOnlyForItsOwnBits) {
  link_.set_conditions({.delay = 0, .rate_bps = kMegabit});
  for (int i = 0; i < 100; ++i) {
    const Timestamp at = i * 20 * kMillisecond;
    EXPECT_EQ(link_.offer(kBytes, at, prng_).at, at + 10 * kMillisecond);
  }
}

TEST_F(BottleneckTest, WhatIsAboveTheRateIsShapedToIt) {
  link_.set_conditions({.delay = 0, .rate_bps = kMegabit, .queue_time_max = 100 * kMillisecond});
  // Twice the rate for 10 s: 1,000 frames of the 2,000 fit.
  EXPECT_NEAR(static_cast<double>(offer_at(2 * kMegabit, 0, 10 * kSecond)), 1'000, 2);
  EXPECT_NEAR(static_cast<double>(link_.counters().queue_full), 990, 3);
  EXPECT_LE(link_.counters().delay_max, 110 * kMillisecond);
  EXPECT_GT(link_.counters().delay_max, 99 * kMillisecond);
}

TEST_F(BottleneckTest, FramesLeaveInTheOrderInWhichTheyCame) {
  link_.set_conditions({.delay = 0, .rate_bps = kMegabit});
  Timestamp latest = 0;
  for (int i = 0; i < 100; ++i) {
    const Timestamp at = link_.offer(kBytes, 0, prng_).at;
    EXPECT_EQ(at, latest + 10 * kMillisecond);
    latest = at;
  }
}

TEST_F(BottleneckTest, AQueueBoundedInBytesTakesThatManyAndNoMore) {
  link_.set_conditions({.delay = 0, .rate_bps = kMegabit, .queue_bytes_max = 10 * kBytes});
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) {
    taken += link_.offer(kBytes, 0, prng_).fate == LinkFate::kDelivered;
  }
  EXPECT_EQ(taken, 10U);
  EXPECT_EQ(link_.counters().queue_full, 90U);
  // 25 ms later two frames and a half are gone.
  EXPECT_EQ(link_.offer(kBytes, 25 * kMillisecond, prng_).fate, LinkFate::kDelivered);
  EXPECT_EQ(link_.offer(kBytes, 25 * kMillisecond, prng_).fate, LinkFate::kDelivered);
  EXPECT_EQ(link_.offer(kBytes, 25 * kMillisecond, prng_).fate, LinkFate::kQueueFull);
}

TEST_F(BottleneckTest, AStepOfTheRateHoldsForWhatWaitsToo) {
  link_.set_steps(
      {{.from = 0, .conditions = {.delay = 0, .rate_bps = 2 * kMegabit}},
       {.from = 20 * kMillisecond, .conditions = {.delay = 0, .rate_bps = kMegabit / 2}}});
  // 5 ms each until 20 ms, then 20 ms each; the fifth begins at the step.
  for (const int ms : {5, 10, 15, 20, 40, 60}) {
    EXPECT_EQ(link_.offer(kBytes, 0, prng_).at, ms * kMillisecond);
  }
}

TEST_F(BottleneckTest, AFrameUnderTransmissionAtAStepGoesOnAtTheNewRate) {
  link_.set_steps(
      {{.from = 0, .conditions = {.delay = 0, .rate_bps = kMegabit}},
       {.from = 5 * kMillisecond, .conditions = {.delay = 0, .rate_bps = kMegabit / 2}}});
  // Half of it in 5 ms, the other half in 10.
  EXPECT_EQ(link_.offer(kBytes, 0, prng_).at, 15 * kMillisecond);
}

TEST_F(BottleneckTest, ABoundInBytesCountsAtTheRatesAtWhichTheQueueWillEmpty) {
  link_.set_steps(
      {{.from = 0, .conditions = {.delay = 0, .rate_bps = kMegabit, .queue_bytes_max = 4 * kBytes}},
       {.from = 20 * kMillisecond, .conditions = {.delay = 0, .rate_bps = kMegabit / 10}}});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(link_.offer(kBytes, 0, prng_).fate, LinkFate::kDelivered);
  }
  EXPECT_EQ(link_.offer(kBytes, 0, prng_).fate, LinkFate::kQueueFull);
}

TEST_F(BottleneckTest, WithoutABoundEverythingWaits) {
  link_.set_conditions({.delay = 0, .rate_bps = kMegabit});
  for (int i = 0; i < 1'000; ++i) link_.offer(kBytes, 0, prng_);
  EXPECT_EQ(link_.offer(kBytes, 0, prng_).at, 10'010 * kMillisecond);
}

TEST_F(BottleneckTest, WhereTheRateEndsTheQueueIsThroughAtOnce) {
  link_.set_steps({{.from = 0, .conditions = {.delay = 0, .rate_bps = kMegabit}},
                   {.from = 15 * kMillisecond, .conditions = {.delay = 0}}});
  for (const int ms : {10, 15, 15, 15}) {
    EXPECT_EQ(link_.offer(kBytes, 0, prng_).at, ms * kMillisecond);
  }
}

TEST_F(BottleneckTest, ACopyTakesItsTurnToo) {
  link_.set_conditions({.duplicate_per_million = 1'000'000, .delay = 0, .rate_bps = kMegabit});
  const LinkVerdict verdict = link_.offer(kBytes, 0, prng_);
  EXPECT_EQ(verdict.at, 10 * kMillisecond);
  EXPECT_EQ(verdict.copy_at, 20 * kMillisecond);
}

}  // namespace
}  // namespace penstock::bridge
