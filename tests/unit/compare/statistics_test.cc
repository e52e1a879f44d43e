#include "bench/compare/statistics.h"

#include <gtest/gtest.h>

namespace penstock::compare {
namespace {

TEST(Statistics, QuartilesOfAnOddNumberAreFigures) {
  const Spread spread = spread_of({50, 10, 40, 20, 30});
  EXPECT_DOUBLE_EQ(spread.median, 30);
  EXPECT_DOUBLE_EQ(spread.q1, 20);
  EXPECT_DOUBLE_EQ(spread.q3, 40);
}

TEST(Statistics, BetweenTwoFiguresItIsLinear) {
  const Spread spread = spread_of({4, 3, 2, 1});
  EXPECT_DOUBLE_EQ(spread.median, 2.5);
  EXPECT_DOUBLE_EQ(spread.q1, 1.75);
  EXPECT_DOUBLE_EQ(spread.q3, 3.25);
}

TEST(Statistics, OneFigureIsItsOwnSpread) {
  const Spread spread = spread_of({7});
  EXPECT_DOUBLE_EQ(spread.median, 7);
  EXPECT_DOUBLE_EQ(spread.q1, 7);
  EXPECT_DOUBLE_EQ(spread.q3, 7);
}

TEST(Statistics, OneOutlierDoesNotMoveTheMedian) {
  EXPECT_DOUBLE_EQ(spread_of({10, 11, 12, 13, 1e9}).median, 12);
}

}  // namespace
}  // namespace penstock::compare
