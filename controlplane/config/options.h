// The command line of penstock. Used by main only.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "controlplane/config/config.h"

namespace penstock {

struct Options {
  std::string config_path;                    // empty: the embedded defaults
  bool check_config = false;                  // load the configuration, say so, exit
  std::optional<LogConfig::Level> log_level;  // overrides [log] level
};

// Why the process should end before it starts: --help and --version end with 0, mistakes with 2.
struct OptionsExit {
  int status = 0;
  std::string text;  // to standard output if status is 0, else to standard error; ends in '\n'
};

std::expected<Options, OptionsExit> parse_options(int argc, const char* const* argv);

}  // namespace penstock
