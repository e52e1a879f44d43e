#include "bench/report/plot.h"

#include <gtest/gtest.h>

#include "tests/unit/bench/occurrences.h"

namespace penstock::bench {
namespace {

TEST(PlotTest, EveryLineIsDrawnAndNamed) {
  const std::string svg = to_svg({.title = "A < B",
                                  .x = {.label = "cycles"},
                                  .y = {.label = "MiB"},
                                  .lines = {{"flat", "#00f", {{0, 0}, {100, 0}}},
                                            {"steep", "#f00", {{0, 0}, {50, 1}, {100, 2}}}}});
  EXPECT_EQ(count(svg, "<polyline"), 2U);
  EXPECT_EQ(count(svg, "A &lt; B"), 1U);
  EXPECT_NE(svg.find(">flat</text>"), std::string::npos);
  // From the lower left corner, over the middle, to the upper right one.
  EXPECT_NE(svg.find("points=\"90,390 435,220 780,50 \""), std::string::npos) << svg;
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
}

TEST(PlotTest, NothingToDrawIsNoDivisionByZero) {
  const std::string svg = to_svg({.title = "t", .x = {}, .y = {}, .lines = {{}}});
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(PlotTest, ALogarithmicAxisHasEqualStepsForEqualFactors) {
  const std::string svg = to_svg({.title = "t",
                                  .x = {.label = "x", .is_logarithmic = true},
                                  .y = {},
                                  .lines = {{"n", "#00f", {{1, 0}, {10, 1}, {100, 2}}}}});
  EXPECT_NE(svg.find("points=\"90,390 435,220 780,50 \""), std::string::npos) << svg;
}

TEST(PlotTest, ALogarithmicAxisLeavesOutWhatItCannotShow) {
  const std::string svg = to_svg({.title = "t",
                                  .x = {.label = "x", .is_logarithmic = true},
                                  .y = {},
                                  .lines = {{"n", "#00f", {{0, 1}, {10, 1}, {100, 2}}}}});
  EXPECT_NE(svg.find("points=\"90,220 780,50 \""), std::string::npos) << svg;
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(PlotTest, TicksCanBeNamed) {
  const std::string svg = to_svg({.title = "t",
                                  .x = {.label = "x", .ticks = {{0, "none"}, {5, "a few"}}},
                                  .y = {},
                                  .lines = {{"n", "#00f", {{0, 1}, {10, 1}}}}});
  EXPECT_EQ(count(svg, ">a few</text>"), 1U);
  EXPECT_EQ(count(svg, ">none</text>"), 1U);
}

}  // namespace
}  // namespace penstock::bench
