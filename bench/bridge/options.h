// The command line of penstock-bridge.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/bridge/frame_filter.h"
#include "bench/bridge/port.h"
#include "bench/bridge/rule_line.h"

namespace penstock::bridge {

struct BridgeOptions {
  std::array<PortSpec, 2> devices;
  std::vector<RuleLine> rules;
  FrameFilter filter;
  std::uint64_t seed = 1;
  bool has_statistics = false;  // every second
  bool takes_commands = false;

  DeviceNames names() const { return {devices[0].name, devices[1].name}; }
};

// Nullopt: the program is to end with `exit_status` (after --help, or a mistake).
std::optional<BridgeOptions> parse_bridge_options(int argc, const char* const* argv,
                                                  int& exit_status);

}  // namespace penstock::bridge
