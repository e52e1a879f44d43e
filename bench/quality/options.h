// What penstock-quality is asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock::quality {

struct QualityOptions {
  std::vector<std::string> scenarios = {"all"};
  std::uint64_t seed = 1;
  std::string json_path;
  std::string html_path;
  bool is_list = false;
  bool is_quiet = false;  // no progress
};

// Empty if there is nothing to run: `exit_status` is then the program's.
std::optional<QualityOptions> parse_quality_options(int argc, const char* const* argv,
                                                    int& exit_status);

}  // namespace penstock::quality
