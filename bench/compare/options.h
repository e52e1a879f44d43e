// The command line of penstock-compare.
#pragma once

#include <optional>
#include <string>

#include "bench/compare/comparison.h"

namespace penstock::compare {

struct CompareOptions {
  ComparisonOptions comparison;
  std::string json_path;  // empty: none
};

// Prints what --help or a mistake ask for; then nothing, and `exit_status` says what to end with.
std::optional<CompareOptions> parse_compare_options(int argc, const char* const* argv,
                                                    int& exit_status);

}  // namespace penstock::compare
