// How workers wait for packets; configuration, read at start.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

enum class PollingMode : std::uint8_t {
  kAdaptive,  // an idle worker sleeps for growing times
  kSpin,      // never sleeps: takes its CPU for itself
};

struct PollingConfig {
  PollingMode mode = PollingMode::kAdaptive;
  Duration spin = 50 * kMicrosecond;           // without work before the first sleep
  Duration sleep_min = 10 * kMicrosecond;      // the first sleep; each next one is twice as long
  Duration sleep_active_max = kMillisecond;    // while the worker has transports
  Duration sleep_idle_max = 2 * kMillisecond;  // while it has none
};

}  // namespace penstock
