#include "bench/report/turns.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

json::object result(double ns, double protect) {
  return {{"rooms", 1},       {"mix", "fixed"},       {"backend", "vaes"},
          {"publishers", 4},  {"ns_per_packet", ns},  {"stage_ns", {{"protect", protect}}},
          {"subscribers", 3}, {"keyframe_packets", 0}};
}

const TurnFigure* find(const TurnComparison& comparison, std::string_view name) {
  for (const TurnFigure& figure : comparison.figures) {
    if (figure.name == name) return &figure;
  }
  return nullptr;
}

TEST(Turns, TheRatioIsOfEachTurnSoThatTheMachinesMinutesDoNotCount) {
  // The machine becomes three times as slow; this build always takes half as long.
  const std::vector<Turn> turns = {{result(100, 50), result(50, 50)},
                                   {result(200, 60), result(100, 66)},
                                   {result(300, 70), result(150, 70)}};
  const auto comparison = compare_turns(turns);
  ASSERT_TRUE(comparison.has_value()) << comparison.error();
  const TurnFigure* all = find(*comparison, "ns per packet");
  ASSERT_NE(all, nullptr);
  EXPECT_DOUBLE_EQ(all->ratio.median, 0.5);
  EXPECT_DOUBLE_EQ(all->ratio.q1, 0.5);
  EXPECT_DOUBLE_EQ(all->ratio.q3, 0.5);
  EXPECT_DOUBLE_EQ(all->other.median, 200);
  EXPECT_DOUBLE_EQ(all->ratio_of_medians, 0.5);
  const TurnFigure* protect = find(*comparison, "  protect");
  ASSERT_NE(protect, nullptr);
  EXPECT_DOUBLE_EQ(protect->ratio.median, 1);
  EXPECT_DOUBLE_EQ(protect->ratio.q3, 1.05);
  EXPECT_EQ(find(*comparison, "  receive"), nullptr);  // neither build has it
  EXPECT_NE(to_table(*comparison).find("0.500 (0.500-0.500)"), std::string::npos);
}

TEST(Turns, OtherSetupsAreNotCompared) {
  json::object other = result(100, 50);
  other["subscribers"] = 16;
  const std::vector<Turn> turns = {{other, result(50, 50)}};
  const auto comparison = compare_turns(turns);
  ASSERT_FALSE(comparison.has_value());
  EXPECT_NE(comparison.error().find("subscribers is 16 there and 3 here"), std::string::npos);
}

TEST(Turns, ABuildThatDoesNotKnowAFigureOfTheSetupHasItAsItAlwaysWas) {
  json::object other = result(100, 50);
  other.erase("keyframe_packets");
  EXPECT_TRUE(compare_turns(std::vector<Turn>{{other, result(50, 50)}}).has_value());
}

TEST(Turns, ARunOfAnotherKindIsNotCompared) {
  const json::object drain{{"gbps", 10}, {"cases", json::array{}}};
  const auto comparison = compare_turns(std::vector<Turn>{{drain, result(50, 50)}});
  ASSERT_FALSE(comparison.has_value());
  EXPECT_NE(comparison.error().find("the other build's result"), std::string::npos);
  EXPECT_FALSE(compare_turns({}).has_value());
}

TEST(Turns, AnotherBackendIsSaid) {
  json::object other = result(100, 50);
  other["backend"] = "ipsec-mb";
  const auto comparison = compare_turns(std::vector<Turn>{{other, result(50, 50)}});
  ASSERT_TRUE(comparison.has_value());
  EXPECT_NE(to_table(*comparison).find("ipsec-mb there and by vaes here"), std::string::npos);
}

}  // namespace
}  // namespace penstock::bench
