// The straight line through points that is closest to them, by least squares.
#pragma once

#include <span>

#include "bench/report/point.h"

namespace penstock::churn {

using bench::Point;

struct Line {
  double slope = 0;
  double intercept = 0;
  double at(double x) const { return intercept + slope * x; }
};

// Slope zero through the mean when all x are the same; zero without points.
Line fit_line(std::span<const Point> points);

}  // namespace penstock::churn
