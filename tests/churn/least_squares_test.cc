#include "tests/churn/least_squares.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::churn {
namespace {

TEST(LeastSquaresTest, FindsTheLineThatPointsLieOn) {
  const std::vector<Point> points{{0, 7}, {1, 10}, {2, 13}, {10, 37}};
  const Line line = fit_line(points);
  EXPECT_NEAR(line.slope, 3, 1e-9);
  EXPECT_NEAR(line.at(100), 307, 1e-9);
}

TEST(LeastSquaresTest, NoiseOnBothSidesCancels) {
  const std::vector<Point> points{{0, 1}, {0, -1}, {10, 6}, {10, 4}};
  EXPECT_NEAR(fit_line(points).slope, 0.5, 1e-9);
  EXPECT_NEAR(fit_line(points).intercept, 0, 1e-9);
}

TEST(LeastSquaresTest, SeesATenthOfAByteInAMillionOfGigabytes) {
  std::vector<Point> points;
  for (int i = 0; i < 400; ++i) points.push_back({i * 2'500.0, 3e9 + i * 2.5});
  EXPECT_NEAR(fit_line(points).slope, 0.001, 1e-6);
}

TEST(LeastSquaresTest, PointsAboveEachOtherHaveNoSlope) {
  const std::vector<Point> points{{5, 1}, {5, 3}};
  EXPECT_EQ(fit_line(points).slope, 0);
  EXPECT_EQ(fit_line(points).intercept, 2);
  EXPECT_EQ(fit_line({}).slope, 0);
}

}  // namespace
}  // namespace penstock::churn
