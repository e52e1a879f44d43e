// One report beside an older one: ratios, with bounds of what is noise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/report/document.h"

namespace penstock::bench {

enum class Change { kNone, kBetter, kWorse };

// How much faster or slower the machine was than then, as libraries show it that are not ours.
struct Drift {
  double low = 1;  // of the ratios of all of them; at most 1, and at least 1
  double high = 1;
};

// All figures are costs: less is better.
struct Ratio {
  std::string what;
  std::string unit;
  Spread before;
  Spread now;
  double ratio = 0;  // of the medians
  // As far as the quartiles allow: the lower now to the upper before, and the other way round. And
  // as far as the machine's drift does.
  double low = 0;
  double high = 0;
  // Only when 1 lies outside of the bounds.
  Change change = Change::kNone;
};

// Nothing if either median is zero.
std::optional<Ratio> ratio_of(std::string what, std::string unit, const Spread& before,
                              const Spread& now, const Drift& drift = {});

struct Against {
  Drift drift;
  std::vector<Ratio> ratios;
};

// Of everything that is in both reports: pipeline, then comparison, then micro.
Against against(const json::value& before, const json::value& now);

std::string to_table(const Against& against);

}  // namespace penstock::bench
