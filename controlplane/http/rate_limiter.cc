#include "controlplane/http/rate_limiter.h"

#include <algorithm>

#include "controlplane/signalling/client_prefix.h"

namespace penstock {

Duration RateLimiter::take(const IpAddress& address, Timestamp now) {
  const IpAddress client = client_prefix(address);
  auto found = buckets_.find(client);
  if (found == buckets_.end()) {
    if (buckets_.size() >= options_.addresses_max) {
      buckets_.erase(by_use_.back().client);
      by_use_.pop_back();
    }
    by_use_.push_front({client, now});
    found = buckets_.emplace(client, by_use_.begin()).first;
  } else {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
  }
  Bucket& bucket = *found->second;
  const Duration token = kSecond / options_.per_second;
  const Timestamp full_at = std::max(bucket.full_at, now) + token;
  const Duration wait = full_at - now - token * options_.burst;
  if (wait > 0) return wait;
  bucket.full_at = full_at;
  return 0;
}

void RateLimiter::give_back(const IpAddress& address) {
  const auto found = buckets_.find(client_prefix(address));
  if (found != buckets_.end()) found->second->full_at -= kSecond / options_.per_second;
}

}  // namespace penstock
