#include "dataplane/forward/allocation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace penstock {
namespace {

// Three encodings of 150, 500 and 1,500 kb/s, of which the first has a lower frame rate of 100.
LayerRates simulcast() {
  LayerRates rates;
  rates.count = 3;
  rates.spatial[0].bps = {100'000, 150'000};
  rates.spatial[1].bps = {300'000, 500'000};
  rates.spatial[2].bps = {900'000, 1'500'000};
  return rates;
}

LayerRates single(std::uint32_t bps) {
  LayerRates rates;
  rates.count = 1;
  rates.spatial[0].bps = {bps};
  return rates;
}

AllocationStream stream(const LayerRates& rates, std::uint8_t priority = 0,
                        Layer limit = kHighestLayer) {
  AllocationStream made;
  make_steps(rates, limit, {}, made);
  made.priority = priority;
  made.present = Layer{0, 0};
  return made;
}

double total(const std::vector<AllocationStream>& streams) {
  double bps = 0;
  for (const AllocationStream& one : streams) bps += one.given_bps();
  return bps;
}

TEST(AllocationTest, StepsAreOfTheSmallestPictureAllFrameRatesAndOfLargerOnesTheHighest) {
  const AllocationStream all = stream(simulcast());
  ASSERT_EQ(all.steps.size(), 4U);
  EXPECT_EQ(all.steps[0].layer, (Layer{0, 0}));
  EXPECT_EQ(all.steps[1].layer, (Layer{0, 1}));
  EXPECT_EQ(all.steps[2].layer, (Layer{1, 1}));
  EXPECT_EQ(all.steps[3].layer, (Layer{2, 1}));
  const AllocationStream limited = stream(simulcast(), 0, {1, 0});
  ASSERT_EQ(limited.steps.size(), 2U);
  EXPECT_EQ(limited.steps[1].layer, (Layer{1, 0}));
}

TEST(AllocationTest, HeadersCostAShareAndSoMuchOfEachStream) {
  AllocationStream made;
  make_steps(simulcast(), kHighestLayer, {.factor = 1.1, .bps = 10'000}, made);
  ASSERT_EQ(made.steps.size(), 4U);
  EXPECT_NEAR(made.steps[0].bps, 120'000, 1);
  EXPECT_NEAR(made.steps[3].bps, 1'660'000, 1);
}

TEST(AllocationTest, ALargerPictureThatCostsNoMoreTakesThePlaceOfASmallerOne) {
  LayerRates rates = simulcast();
  rates.spatial[1].bps = {60'000, 90'000};
  const AllocationStream one = stream(rates);
  ASSERT_EQ(one.steps.size(), 2U);
  EXPECT_EQ(one.steps[0].layer, (Layer{1, 1}));
}

TEST(AllocationTest, OneStreamGetsTheLargestThatFits) {
  for (const auto& [available, given] :
       {std::pair{5e6, 4U}, {1.4e6, 3U}, {600e3, 3U}, {400e3, 2U}, {120e3, 1U}}) {
    std::vector streams{stream(simulcast())};
    allocate({.available_bps = available}, streams);
    EXPECT_EQ(streams[0].given, given) << available;
  }
}

TEST(AllocationTest, AllGetTheLowestBeforeAnyGetsMore) {
  std::vector streams(9, stream(simulcast()));
  const auto output = allocate({.available_bps = 2e6}, streams);
  for (const AllocationStream& one : streams) EXPECT_GE(one.given, 2U);
  EXPECT_LE(output.used_bps, 2e6);
  EXPECT_EQ(output.used_bps, total(streams));
}

TEST(AllocationTest, WhatHasAHigherPriorityGoesUpFirst) {
  std::vector streams(5, stream(simulcast()));
  streams[3].priority = 1;
  allocate({.available_bps = 2.3e6}, streams);
  EXPECT_EQ(streams[3].given, 4U);
  for (const std::size_t other : {0U, 1U, 2U, 4U}) EXPECT_GE(streams[other].given, 1U);
}

TEST(AllocationTest, AStreamKeepsWhatItHasWhereItMayNotRise) {
  std::vector streams{stream(simulcast())};
  allocate({.available_bps = 510e3, .may_rise = false}, streams);
  EXPECT_EQ(streams[0].given, 1U);
  streams[0].present = Layer{1, 1};
  allocate({.available_bps = 510e3, .may_rise = false}, streams);
  EXPECT_EQ(streams[0].given, 3U);
  EXPECT_EQ(streams[0].present_bps(), 500e3);
  allocate({.available_bps = 490e3, .may_rise = false}, streams);
  EXPECT_EQ(streams[0].given, 2U);
}

TEST(AllocationTest, AfterCongestionNothingRises) {
  std::vector streams{stream(simulcast())};
  streams[0].present = Layer{0, 1};
  const auto output = allocate({.available_bps = 5e6, .may_rise = false}, streams);
  EXPECT_EQ(streams[0].given, 2U);
  EXPECT_EQ(output.next_bps, 500e3);
}

TEST(AllocationTest, PausingIsTheLastResort) {
  std::vector streams{stream(single(1'000'000))};
  auto output = allocate({.available_bps = 800e3}, streams);
  EXPECT_EQ(streams[0].given, 1U);  // nearly fits
  EXPECT_FALSE(output.is_over);
  output = allocate({.available_bps = 300e3}, streams);
  EXPECT_EQ(streams[0].given, 1U);
  EXPECT_TRUE(output.is_over);
  output = allocate({.available_bps = 300e3, .may_pause = true}, streams);
  EXPECT_EQ(streams[0].given, 0U);
  EXPECT_EQ(output.next_bps, 1e6);
  // It comes back when there is room for all of it.
  streams[0].present.reset();
  allocate({.available_bps = 0.99e6, .may_pause = true}, streams);
  EXPECT_EQ(streams[0].given, 0U);
  allocate({.available_bps = 1.1e6, .may_pause = true}, streams);
  EXPECT_EQ(streams[0].given, 1U);
}

TEST(AllocationTest, OfSeveralTheLastOfTheLowestPriorityArePaused) {
  std::vector streams(3, stream(single(400'000)));
  streams[2].priority = 1;
  allocate({.available_bps = 850e3, .may_pause = true}, streams);
  EXPECT_EQ(streams[2].given, 1U);
  EXPECT_EQ(streams[0].given, 1U);
  EXPECT_EQ(streams[1].given, 0U);
}

TEST(AllocationTest, OfAStreamOfWhichNothingIsKnownNothingIsSaid) {
  std::vector streams{stream(LayerRates{}), stream(simulcast())};
  const auto output = allocate({.available_bps = 5e6}, streams);
  EXPECT_TRUE(streams[0].steps.empty());
  EXPECT_EQ(output.next_bps, 0);
  EXPECT_EQ(streams[1].given, 4U);
}

}  // namespace
}  // namespace penstock
