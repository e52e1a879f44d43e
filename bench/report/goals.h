// The goals that Penstock has set itself, and what a report says of each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/report/document.h"

namespace penstock::bench {

struct Goal {
  std::string what;
  std::string limit;                      // "at most 50 ns"
  std::string measured = "not measured";  // with its quartiles, where they are known
  std::optional<bool> is_met = {};        // by the median; nothing if it was not measured
  std::string note = {};
};

std::vector<Goal> judge(const json::value& document);

}  // namespace penstock::bench
