#include "tests/churn/least_squares.h"

namespace penstock::churn {

Line fit_line(std::span<const Point> points) {
  if (points.empty()) return {};
  const auto count = static_cast<double>(points.size());
  Point mean;
  for (const Point& point : points) {
    mean.x += point.x / count;
    mean.y += point.y / count;
  }
  // About the mean: with x in millions and y in gigabytes, plain sums would lose digits.
  double xx = 0;
  double xy = 0;
  for (const Point& point : points) {
    xx += (point.x - mean.x) * (point.x - mean.x);
    xy += (point.x - mean.x) * (point.y - mean.y);
  }
  const double slope = xx == 0 ? 0 : xy / xx;
  return {.slope = slope, .intercept = mean.y - slope * mean.x};
}

}  // namespace penstock::churn
