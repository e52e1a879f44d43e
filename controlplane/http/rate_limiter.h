// A token bucket for each client address: requests may come at a rate, with a burst on top. The
// table is bounded; when it is full, the address that was seen longest ago is forgotten. Owned by
// the listeners, on the control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"
#include "dataplane/base/token_bucket.h"

namespace penstock {

class RateLimiter {
 public:
  struct Options {
    std::uint32_t per_second = 1;
    std::uint32_t burst = 1;
    std::size_t addresses_max = 1;
  };

  explicit RateLimiter(const Options& options) : options_(options) {}

  // Takes one token. Returns 0, or how long until there is one (nothing is taken then).
  Duration take(const IpAddress& address, Timestamp now);

  // A token that was taken is put back.
  void give_back(const IpAddress& address);

  std::size_t addresses() const { return buckets_.size(); }

 private:
  struct Bucket {
    IpAddress client;
    TokenBucket tokens;
  };

  Options options_;
  std::list<Bucket> by_use_;  // latest first
  std::map<IpAddress, std::list<Bucket>::iterator> buckets_;
};

}  // namespace penstock
