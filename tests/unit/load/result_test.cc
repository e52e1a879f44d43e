#include "bench/load/result.h"

#include <gtest/gtest.h>

namespace penstock::load {
namespace {

LoadResult good_result() {
  LoadResult result;
  result.seconds = 2;
  result.expected_packets = 1'000;
  result.received_packets = 1'000;
  result.bursts = 200;
  result.own_cpu_seconds = 1;
  return result;
}

TEST(LoadResultTest, NothingLostNothingToSay) {
  const LoadResult result = good_result();
  EXPECT_EQ(result.lost_packets(), 0U);
  EXPECT_EQ(result.loss(), 0);
  EXPECT_EQ(result.received_packets_per_second(), 500);
  EXPECT_EQ(bottleneck_reason(result), "");
}

TEST(LoadResultTest, WhatOurOwnSocketsDroppedIsNotTheServersLoss) {
  LoadResult result = good_result();
  result.received_packets = 900;
  result.own_queue_drops = 60;
  EXPECT_EQ(result.lost_packets(), 40U);
  EXPECT_DOUBLE_EQ(result.loss(), 0.04);
  EXPECT_NE(bottleneck_reason(result).find("dropped 60 packets"), std::string::npos);
}

TEST(LoadResultTest, DropsOfOtherDatagramsMakeNoNegativeLoss) {
  LoadResult result = good_result();
  result.own_queue_drops = 5;
  EXPECT_EQ(result.lost_packets(), 0U);
}

TEST(LoadResultTest, AThreadWithoutTimeLeftIsABottleneck) {
  LoadResult result = good_result();
  result.own_cpu_seconds = 1.96;
  EXPECT_NE(bottleneck_reason(result).find("98.0 % of a CPU"), std::string::npos);
}

TEST(LoadResultTest, LateSendsAreABottleneckAndSoAreRefusedOnes) {
  LoadResult result = good_result();
  result.late_sends = 2;
  EXPECT_EQ(bottleneck_reason(result), "");
  result.late_sends = 3;
  result.unsent_packets = 7;
  result.own_wait_seconds = 0.5;
  EXPECT_NE(bottleneck_reason(result).find("1.5 % of its sends"), std::string::npos);
  EXPECT_NE(bottleneck_reason(result).find("for 25.0 % of the time"), std::string::npos);
  EXPECT_NE(bottleneck_reason(result).find("did not take 7"), std::string::npos);
}

TEST(LoadResultTest, AnEmptyResultHasNoFigures) {
  const LoadResult result;
  EXPECT_EQ(result.loss(), 0);
  EXPECT_EQ(result.received_packets_per_second(), 0);
  EXPECT_EQ(bottleneck_reason(result), "");
}

}  // namespace
}  // namespace penstock::load
