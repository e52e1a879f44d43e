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
        burst_ns_(token_ns_ * static_cast<Duration>(burst)) {}

  // Takes one token; false when there is none. A `now` before the last one adds nothing.
  bool take(Timestamp now) { return take_or_wait(now) == 0; }

  // Takes one token: 0. Or takes nothing: how long it is until there is one.
  Duration take_or_wait(Timestamp now) {
    const Timestamp full_at = std::max(full_at_, now) + token_ns_;
    const Duration wait = full_at - now - burst_ns_;
    if (wait > 0) return wait;
    full_at_ = full_at;
    return 0;
  }

  // A token that was taken is put back.
  void give_back() { full_at_ -= token_ns_; }

 private:
  Duration token_ns_;
  Duration burst_ns_;
  // When it is full again: each token that is taken moves it further into the future.
  Timestamp full_at_ = 0;
};

}  // namespace penstock
