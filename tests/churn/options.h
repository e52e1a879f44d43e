// The command line of penstock-churn.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace penstock::churn {

struct Options {
  std::string scenario;                      // "rooms", "objects", "joins", "rush", "whip", ...
  std::optional<std::uint64_t> cycles = {};  // as many as the scenario has by default
  bool compares_janus = false;               // rooms: the same against Debian's janus
  bool only_deadline = false;                // objects: only retire to reclaim, under load
  std::uint64_t rate = 10'000;               // objects: joins and leaves a second
  std::uint64_t load_percent = 50;           // rush: of the worker's time, for media
  std::uint64_t clients = 1'000;             // stops: who leave at each
  std::filesystem::path json_path = {};      // empty: no JSON
  std::filesystem::path plot_path = {};      // rooms --janus: where the chart goes
};

// What the program ends with instead of running: help (0) or a mistake (2).
struct OptionsExit {
  int status = 0;
  std::string text;
};

std::expected<Options, OptionsExit> parse_options(int argc, const char* const* argv);

}  // namespace penstock::churn
