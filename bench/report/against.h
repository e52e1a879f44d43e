// One report beside an older one: ratios, with bounds of what is noise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/report/document.h"

namespace penstock::bench {

enum class Change { kNone, kBetter, kWorse };

// All figures are costs: less is better.
struct Ratio {
  std::string what;
  std::string unit;
  Spread before;
  Spread now;
  double ratio = 0;  // of the medians
  // As far as the quartiles allow: the lower now to the upper before, and the other way round.
  double low = 0;
  double high = 0;
  // Only when 1 lies outside of the bounds.
  Change change = Change::kNone;
};

// Nothing if either median is zero.
std::optional<Ratio> ratio_of(std::string what, std::string unit, const Spread& before,
                              const Spread& now);

// Of everything that is in both reports: pipeline, then comparison, then micro.
std::vector<Ratio> against(const json::value& before, const json::value& now);

std::string to_table(const std::vector<Ratio>& ratios);

}  // namespace penstock::bench
