// Tests that do one thing a million times do it less often where that finds nothing more: the asan
// and tsan presets set the environment variable PENSTOCK_TEST_SCALE, a factor between 0 and 1.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace penstock::test {

inline std::size_t scaled(std::size_t count) {
  const char* scale = std::getenv("PENSTOCK_TEST_SCALE");
  return scale == nullptr
             ? count
             : static_cast<std::size_t>(static_cast<double>(count) * std::strtod(scale, nullptr));
}

// Of the cases of a sweep, each so many-th: 1 without a scale, else at most `longest`.
inline std::size_t stride(std::size_t longest) {
  return longest / std::max<std::size_t>(scaled(longest), 1);
}

// How many random histories an oracle goes through: PENSTOCK_ORACLE_RUNS, for a long hunt.
inline std::size_t oracle_runs() {
  const char* text = std::getenv("PENSTOCK_ORACLE_RUNS");
  return text == nullptr ? scaled(200) : std::strtoul(text, nullptr, 10);
}

}  // namespace penstock::test
