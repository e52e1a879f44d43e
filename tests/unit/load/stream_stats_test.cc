#include "bench/load/stream_stats.h"

#include <gtest/gtest.h>

namespace penstock::load {
namespace {

constexpr NumberWindow kAll{.begin = 0, .end = 1'000'000};
constexpr std::uint16_t kFirst = 65'530;  // so that sequence numbers wrap soon

// The packet with this number, as it comes.
std::uint16_t sequence_of(std::uint64_t number) {
  return static_cast<std::uint16_t>(kFirst + number);
}

struct StreamStatsTest : ::testing::Test {
  void receive(std::uint64_t first, std::uint64_t end, const NumberWindow& window = kAll) {
    if (!stats.is_numbered()) stats.learn(sequence_of(first), first);
    for (std::uint64_t number = first; number < end; ++number) {
      stats.on_packet(sequence_of(number), window);
    }
  }
  std::uint64_t expected(const NumberWindow& window, const Membership& membership) const {
    return expected_packets(&stats, window, membership);
  }
  StreamStats stats;
};

TEST_F(StreamStatsTest, AllOfAWindowAcrossAWrap) {
  const NumberWindow window{.begin = 3, .end = 90};
  receive(0, 100, window);
  EXPECT_EQ(stats.counts().received, 87U);
  EXPECT_EQ(stats.counts().reordered, 0U);
  EXPECT_EQ(stats.counts().duplicates, 0U);
  EXPECT_EQ(expected(window, {.was_there_at_begin = true}), 87U);
}

TEST_F(StreamStatsTest, LossIsSeenInTheMiddleAndAtBothEnds) {
  const NumberWindow window{.begin = 10, .end = 50};
  receive(0, 8, window);    // loses 8..14
  receive(15, 30, window);  // loses 30..39
  receive(40, 45, window);  // loses 45..49
  EXPECT_EQ(stats.counts().received, 20U);
  EXPECT_EQ(expected(window, {.was_there_at_begin = true}), 40U);
}

TEST_F(StreamStatsTest, DuplicatesAreNotReceivedTwice) {
  receive(0, 10);
  receive(5, 8);
  EXPECT_EQ(stats.counts().received, 10U);
  EXPECT_EQ(stats.counts().duplicates, 3U);
}

TEST_F(StreamStatsTest, WhatComesLateIsReorderedAndNotLost) {
  receive(0, 5);
  receive(6, 7);
  receive(5, 6);
  EXPECT_EQ(stats.counts().received, 7U);
  EXPECT_EQ(stats.counts().reordered, 1U);
  EXPECT_EQ(stats.counts().duplicates, 0U);
}

TEST_F(StreamStatsTest, MuchLaterThanAWrapNumbersGoOn) {
  receive(0, 200'000);
  EXPECT_EQ(stats.counts().received, 200'000U);
  EXPECT_EQ(stats.highest_number(), 199'999U);
}

TEST_F(StreamStatsTest, WhoCameLaterIsOwedWhatFollowsItsFirstPacket) {
  const NumberWindow window{.begin = 10, .end = 100};
  receive(40, 100, window);
  EXPECT_EQ(expected(window, {.was_there_at_begin = false}), 60U);
}

TEST_F(StreamStatsTest, WhoLeftIsOwedWhatCameBeforeItsLastPacket) {
  const NumberWindow window{.begin = 10, .end = 100};
  receive(0, 40, window);
  EXPECT_EQ(expected(window, {.was_there_at_begin = true, .has_left = true}), 30U);
}

TEST_F(StreamStatsTest, WhoeverGotNothingWasOwedAllOrNothing) {
  const NumberWindow window{.begin = 10, .end = 100};
  EXPECT_EQ(expected_packets(nullptr, window, {.was_there_at_begin = true}), 90U);
  EXPECT_EQ(expected_packets(nullptr, window, {.was_there_at_begin = false}), 0U);
  EXPECT_EQ(expected_packets(nullptr, window, {.was_there_at_begin = true, .has_left = true}), 0U);
}

TEST_F(StreamStatsTest, WhoLeftBeforeTheWindowIsOwedNothing) {
  receive(0, 5, {.begin = 10, .end = 100});
  EXPECT_EQ(expected({.begin = 10, .end = 100}, {.was_there_at_begin = true, .has_left = true}),
            0U);
}

TEST_F(StreamStatsTest, JitterOfAnEvenStreamIsZero) {
  for (int i = 0; i < 50; ++i) {
    stats.update_jitter(static_cast<std::uint32_t>(960 * i), i * 20 * kMillisecond, 48'000);
  }
  EXPECT_TRUE(stats.has_jitter());
  EXPECT_EQ(stats.jitter_ns(), 0);
}

TEST_F(StreamStatsTest, JitterIsThatOfTheFirstPacketsOfFrames) {
  Timestamp at = 0;
  for (int i = 0; i < 1'000; ++i) {
    at = i * 20 * kMillisecond + (i % 2) * kMillisecond;
    stats.update_jitter(static_cast<std::uint32_t>(1'800 * i), at, 90'000);
    stats.update_jitter(static_cast<std::uint32_t>(1'800 * i), at + 5 * kMillisecond, 90'000);
  }
  // Every interval is a millisecond off: that is where the average goes (RFC 3550 section 6.4.1).
  EXPECT_NEAR(static_cast<double>(stats.jitter_ns()), 1e6, 1e3);
}

}  // namespace
}  // namespace penstock::load
