// What counts as one client where limits are per address. A pure function.
#pragma once

#include <algorithm>

#include "dataplane/base/ip_address.h"

namespace penstock {

// An IPv4 address, or the /64 of an IPv6 address, as one subscriber can have all of it.
inline IpAddress client_prefix(const IpAddress& address) {
  IpAddress prefix = address;
  if (!address.is_v4()) std::fill(prefix.bytes.begin() + 8, prefix.bytes.end(), std::uint8_t{0});
  return prefix;
}

}  // namespace penstock
