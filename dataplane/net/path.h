// The way to a peer: what the worker needs to send to it, and what it learned from a frame that
// came from it. A trivially copyable value; it crosses the seam in commands and events.
#pragma once

#include <compare>
#include <type_traits>

#include "dataplane/base/ip_address.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

struct Path {
  MacAddress remote_mac;  // of the next hop: the peer itself or a router
  SocketAddress remote;   // the peer
  SocketAddress local;    // our address and the worker's port

  auto operator<=>(const Path&) const = default;
};

static_assert(std::is_trivially_copyable_v<Path>);

// True if both are between the same two addresses, whoever the next hop is.
inline bool is_along(const Path& one, const Path& other) {
  return one.remote == other.remote && one.local == other.local;
}

}  // namespace penstock
