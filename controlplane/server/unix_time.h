// The time of day, where the program hands it to its parts. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

// Since 1970.
inline std::int64_t unix_ns() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(since_1970).count();
}
inline std::int64_t unix_us() { return unix_ns() / kMicrosecond; }
inline std::int64_t unix_s() { return unix_ns() / kSecond; }

}  // namespace penstock
