// The calls that penstock-quality knows, by name.
#pragma once

#include <string_view>
#include <vector>

#include "bench/quality/scenario.h"

namespace penstock::quality {

// All of them, in the order in which they are run.
const std::vector<Scenario>& scenarios();
// Null if there is none of this name.
const Scenario* find_scenario(std::string_view name);

}  // namespace penstock::quality
