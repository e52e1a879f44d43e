// What went over the bridge, as a line of JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "bench/bridge/direction.h"
#include "dataplane/base/time.h"

namespace penstock::bridge {

// One way over the bridge.
struct WayReport {
  std::string to;  // the device that its frames go to
  const Direction* direction = nullptr;
  std::uint64_t missed = 0;  // on the device where they come in
};

std::string to_json(const std::array<WayReport, 2>& ways, Duration since_start, std::uint64_t seed);

}  // namespace penstock::bridge
