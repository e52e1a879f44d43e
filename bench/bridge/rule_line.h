// "DEVICE RULE", a line of a schedule file and of the commands that a running bridge takes: which
// ways over the bridge change, and how. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "bench/bridge/link_rules.h"

namespace penstock::bridge {

inline constexpr const char* kBoth = "both";

struct RuleLine {
  std::vector<std::size_t> ways;  // by the index of the device that frames go out on
  std::vector<LinkChange> changes;
};

using DeviceNames = std::array<std::string, 2>;

// A rule for frames that go to `device`, or "both".
std::expected<RuleLine, std::string> parse_rule_for(const std::string& device,
                                                    const std::string& rule,
                                                    const DeviceNames& names);

// Nothing for an empty line or a comment ('#').
std::expected<std::optional<RuleLine>, std::string> parse_rule_line(const std::string& line,
                                                                    const DeviceNames& names);

}  // namespace penstock::bridge
