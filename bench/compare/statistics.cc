#include "bench/compare/statistics.h"

#include <algorithm>
#include <cmath>

#include "dataplane/base/check.h"

namespace penstock::compare {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - std::floor(place));
}

}  // namespace

Spread spread_of(std::vector<double> figures) {
  PENSTOCK_CHECK(!figures.empty());
  std::ranges::sort(figures);
  return {.median = quantile(figures, 0.5),
          .q1 = quantile(figures, 0.25),
          .q3 = quantile(figures, 0.75)};
}

}  // namespace penstock::compare
