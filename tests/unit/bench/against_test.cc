#include "bench/report/against.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

Spread spread(double q1, double median, double q3) {
  return {.median = median, .q1 = q1, .q3 = q3, .min = q1, .count = 9};
}

json::value report(double ns) {
  return json::object{
      {"pipeline",
       json::array{{{"name", "a"},
                    {"result", {{"ns_per_packet_spread", to_json(spread(ns - 1, ns, ns + 1))}}}}}}};
}

TEST(Against, ARatioIsOfTheMediansWithBoundsOfTheQuartiles) {
  const auto ratio = ratio_of("x", "ns", spread(90, 100, 110), spread(45, 50, 55));
  ASSERT_TRUE(ratio.has_value());
  EXPECT_DOUBLE_EQ(ratio->ratio, 0.5);
  EXPECT_NEAR(ratio->low, 45.0 / 110, 0.01);
  EXPECT_NEAR(ratio->high, 55.0 / 90, 0.02);
  EXPECT_EQ(ratio->change, Change::kBetter);
}

TEST(Against, WhatOverlapsIsNoise) {
  EXPECT_EQ(ratio_of("x", "ns", spread(90, 100, 110), spread(105, 115, 125))->change,
            Change::kNone);
  EXPECT_EQ(ratio_of("x", "ns", spread(99, 100, 101), spread(100, 101, 102))->change,
            Change::kNone);
}

TEST(Against, WhatIsOutsideIsMarked) {
  EXPECT_EQ(ratio_of("x", "ns", spread(99, 100, 101), spread(109, 110, 111))->change,
            Change::kWorse);
  EXPECT_EQ(ratio_of("x", "ns", spread(99, 100, 101), spread(89, 90, 91))->change, Change::kBetter);
}

TEST(Against, NothingIsComparedWithZero) {
  EXPECT_FALSE(ratio_of("x", "ns", Spread{}, spread(1, 2, 3)).has_value());
  EXPECT_FALSE(ratio_of("x", "ns", spread(1, 2, 3), Spread{}).has_value());
}

TEST(Against, ComparesWhatBothReportsHave) {
  const Against result = against(report(100), report(200));
  ASSERT_EQ(result.ratios.size(), 1U);
  EXPECT_EQ(result.ratios[0].what, "pipeline a");
  EXPECT_DOUBLE_EQ(result.ratios[0].ratio, 2);
  EXPECT_NE(to_table(result).find("WORSE"), std::string::npos);
  EXPECT_TRUE(against(json::object{}, report(200)).ratios.empty());
  EXPECT_TRUE(against(report(100), json::object{}).ratios.empty());
}

json::value with_library(json::value document, double ns) {
  document.as_object()["micro"] = {
      {"benchmarks",
       json::array{{{"name", "library/gcm128/100"}, {"cpu_ns", to_json(spread(ns, ns, ns))}}}}};
  return document;
}

TEST(Against, AMachineThatHasBecomeSlowerIsNoise) {
  const Against result = against(with_library(report(100), 40), with_library(report(150), 60));
  EXPECT_DOUBLE_EQ(result.drift.high, 1.5);
  EXPECT_DOUBLE_EQ(result.drift.low, 1);
  for (const Ratio& ratio : result.ratios) EXPECT_EQ(ratio.change, Change::kNone) << ratio.what;
}

TEST(Against, WhatBecameSlowerThanTheMachineIsMarked) {
  const Against result = against(with_library(report(100), 40), with_library(report(200), 60));
  ASSERT_EQ(result.ratios.size(), 2U);
  EXPECT_EQ(result.ratios[0].change, Change::kWorse);
  EXPECT_EQ(result.ratios[1].change, Change::kNone);
}

TEST(Against, AReportIsItselfWithinNoise) {
  const Against result = against(report(100), report(100));
  ASSERT_EQ(result.ratios.size(), 1U);
  EXPECT_EQ(result.ratios[0].change, Change::kNone);
  EXPECT_EQ(to_table(result).find("WORSE"), std::string::npos);
}

}  // namespace
}  // namespace penstock::bench
