// A time in 4 bytes, for state of which there are tens of thousands: in milliseconds, good for
// asking how long it was ago. Comes round in 49 days. A value.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class CoarseTime {
 public:
  constexpr CoarseTime() = default;
  constexpr explicit CoarseTime(Timestamp at) : ms_(to_ms(at)) {}

  // From then to `now`, which is not before it; exact to a millisecond.
  constexpr Duration passed(Timestamp now) const {
    return static_cast<Duration>(to_ms(now) - ms_) * kMillisecond;
  }

 private:
  static constexpr std::uint32_t to_ms(Timestamp at) {
    return static_cast<std::uint32_t>(at / kMillisecond);
  }

  std::uint32_t ms_ = 0;
};

}  // namespace penstock
