#include "bench/report/spread.h"

#include <algorithm>
#include <cmath>

namespace penstock::bench {
namespace {

// Between the two values that are nearest.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {.median = quantile(values, 0.5),
          .q1 = quantile(values, 0.25),
          .q3 = quantile(values, 0.75),
          .min = values.front(),
          .count = values.size()};
}

}  // namespace penstock::bench
