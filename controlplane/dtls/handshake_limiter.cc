#include "controlplane/dtls/handshake_limiter.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

// Sweeping costs as much as the table is long, so it is done this seldom.
constexpr Duration kSweepInterval = kSecond;

IpAddress source_key(const IpAddress& source) {
  if (source.is_v4()) return source;
  IpAddress prefix = source;
  std::fill(prefix.bytes.begin() + 8, prefix.bytes.end(), std::uint8_t{0});
  return prefix;
}

}  // namespace

HandshakeLimiter::HandshakeLimiter(const HandshakeLimits& limits, const SipHashKey& key)
    : limits_(limits),
      token_interval_(kSecond / std::max(limits.per_source_per_second, 1U)),
      buckets_(0, KeyedHash{key}) {}

HandshakeAdmission HandshakeLimiter::admit(Timestamp now, const IpAddress& source) {
  if (in_flight_ >= limits_.in_flight_max) return HandshakeAdmission::kTooManyInFlight;
  if (!take_token(now, source_key(source))) return HandshakeAdmission::kSourceTooFast;
  ++in_flight_;
  return HandshakeAdmission::kAdmitted;
}

void HandshakeLimiter::finish() {
  PENSTOCK_CHECK(in_flight_ > 0);
  --in_flight_;
}

bool HandshakeLimiter::take_token(Timestamp now, const IpAddress& source) {
  const auto found = buckets_.find(source);
  if (found == buckets_.end()) {
    if (limits_.per_source_burst == 0) return false;
    if (buckets_.size() >= limits_.sources_max) forget_full_buckets(now);
    if (buckets_.size() >= limits_.sources_max) return false;
    buckets_.emplace(source, now + token_interval_);
    return true;
  }
  FullAt& full_at = found->second;
  const Duration burst = token_interval_ * limits_.per_source_burst;
  const Timestamp full_after_this = std::max(full_at, now) + token_interval_;
  if (full_after_this - now > burst) return false;
  full_at = full_after_this;
  return true;
}

void HandshakeLimiter::forget_full_buckets(Timestamp now) {
  if (swept_at_ && now - *swept_at_ < kSweepInterval) return;
  swept_at_ = now;
  std::erase_if(buckets_, [now](const auto& bucket) { return bucket.second <= now; });
}

}  // namespace penstock
