// A token bucket: at most `rate_per_second` events per second on average and `burst` at once. A
// value owned by one thread; time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class TokenBucket {
 public:
  // Starts full. `rate_per_second` and `burst` are at least 1; `rate_per_second` at most 10^9.
  TokenBucket(std::uint32_t rate_per_second, std::uint32_t burst)
      : token_ns_(kSecond / static_cast<Duration>(rate_per_second)),
        credit_max_ns_(token_ns_ * static_cast<Duration>(burst)),
        credit_ns_(credit_max_ns_) {}

  // Takes one token; false when there is none. A `now` before the last one adds nothing.
  bool take(Timestamp now) {
    if (!started_) updated_at_ = now;
    started_ = true;
    const Duration elapsed = now - updated_at_;
    if (elapsed > 0) {
      // Compared before it is added: after a long silence the sum could overflow.
      credit_ns_ = elapsed >= credit_max_ns_ ? credit_max_ns_
                                             : std::min(credit_max_ns_, credit_ns_ + elapsed);
      updated_at_ = now;
    }
    if (credit_ns_ < token_ns_) return false;
    credit_ns_ -= token_ns_;
    return true;
  }

 private:
  Duration token_ns_;
  Duration credit_max_ns_;
  Duration credit_ns_;
  Timestamp updated_at_ = 0;
  bool started_ = false;
};

}  // namespace penstock
