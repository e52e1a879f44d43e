#include "controlplane/http/rate_limiter.h"

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
    by_use_.push_front({client, {options_.per_second, options_.burst}});
    found = buckets_.emplace(client, by_use_.begin()).first;
  } else {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
  }
  return found->second->tokens.take_or_wait(now);
}

void RateLimiter::give_back(const IpAddress& address) {
  const auto found = buckets_.find(client_prefix(address));
  if (found != buckets_.end()) found->second->tokens.give_back();
}

}  // namespace penstock
