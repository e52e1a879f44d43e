#include "bench/report/spread.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

TEST(Spread, IsAllZeroWithoutValues) {
  const Spread spread = spread_of({});
  EXPECT_EQ(spread.count, 0U);
  EXPECT_EQ(spread.median, 0);
}

TEST(Spread, TakesMedianAndQuartilesOfValuesInAnyOrder) {
  const Spread spread = spread_of({5, 1, 4, 2, 3});
  EXPECT_EQ(spread.min, 1);
  EXPECT_EQ(spread.q1, 2);
  EXPECT_EQ(spread.median, 3);
  EXPECT_EQ(spread.q3, 4);
  EXPECT_EQ(spread.count, 5U);
}

TEST(Spread, LiesBetweenTheNearestValues) {
  const Spread spread = spread_of({10, 20});
  EXPECT_DOUBLE_EQ(spread.median, 15);
  EXPECT_DOUBLE_EQ(spread.q1, 12.5);
  EXPECT_DOUBLE_EQ(spread.q3, 17.5);
}

TEST(Spread, OfOneValueIsThatValue) {
  const Spread spread = spread_of({7});
  EXPECT_DOUBLE_EQ(spread.median, 7);
  EXPECT_DOUBLE_EQ(spread.q1, 7);
  EXPECT_DOUBLE_EQ(spread.q3, 7);
}

TEST(Spread, OneOutlierDoesNotMoveTheMedian) {
  EXPECT_DOUBLE_EQ(spread_of({10, 11, 12, 13, 1e9}).median, 12);
}

}  // namespace
}  // namespace penstock::bench
