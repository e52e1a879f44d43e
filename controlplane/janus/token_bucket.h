// A token bucket: so many requests per second, with a burst. A value; time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock::janus {

class TokenBucket {
 public:
  TokenBucket(std::uint32_t per_second, std::uint32_t burst, Timestamp now)
      : cost_(kSecond / std::max<std::uint32_t>(per_second, 1)),
        credit_max_(cost_ * burst),
        credit_(credit_max_),
        refilled_at_(now) {}

  // Takes one token if there is one.
  bool take(Timestamp now) {
    credit_ = std::min(credit_max_, credit_ + std::max<Duration>(now - refilled_at_, 0));
    refilled_at_ = now;
    if (credit_ < cost_) return false;
    credit_ -= cost_;
    return true;
  }

 private:
  Duration cost_;  // of one token, in nanoseconds of credit
  Duration credit_max_;
  Duration credit_;
  Timestamp refilled_at_;
};

}  // namespace penstock::janus
