#include "controlplane/dtls/handshake_limiter.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

constexpr Duration kBurst = 100 * kMillisecond;

}  // namespace

HandshakeLimiter::HandshakeLimiter(const HandshakeLimits& limits)
    : limits_(limits),
      interval_(kSecond / limits.per_second),
      tolerance_(std::max<Duration>(kBurst - interval_, 0)) {}

bool HandshakeLimiter::admit(Timestamp now) {
  if (now < next_admission()) return false;
  due_at_ = std::max(due_at_, now) + interval_;
  ++in_flight_;
  return true;
}

void HandshakeLimiter::finish() {
  PENSTOCK_CHECK(in_flight_ > 0);
  --in_flight_;
}

Timestamp HandshakeLimiter::next_admission() const {
  return in_flight_ < limits_.in_flight_max ? due_at_ - tolerance_ : kNever;
}

}  // namespace penstock
