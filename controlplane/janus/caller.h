// Who makes a request: where it comes from, what it has shown of itself, and so which limits hold
// for it. Made once for each request (core.cc), which everything that is limited then asks. A
// value; control thread.
#pragma once

#include <optional>

#include "controlplane/signalling/client_prefix.h"
#include "controlplane/signalling/message_channel.h"
#include "dataplane/base/ip_address.h"

namespace penstock::janus {

struct Caller {
  std::optional<ChannelId> channel{};  // absent: HTTP
  ExchangeId exchange{};               // meaningful for HTTP
  // The block of addresses that counts as one client (client_prefix.h).
  IpAddress block{};
  // Whether limits per address hold for it: not for this host and for proxies.
  bool is_limited_by_address = true;
  bool has_secret = false;  // it has shown the API secret
  bool has_token = false;   // it has shown a token that opens the API

  // Where the request came from; what it shows is in it.
  static Caller from(const ClientInfo& client) {
    return {.block = client_prefix(client.address.ip),
            .is_limited_by_address = client.is_limited_by_address};
  }

  // Whether limits of one client hold. A backend that has the secret is the operator's own, and
  // serves many: it is bounded by the pools alone.
  bool is_limited() const { return !has_secret; }
  // What counts its sessions; absent: nothing does.
  std::optional<IpAddress> counted_network() const {
    return is_limited_by_address ? counted_maker() : std::nullopt;
  }
  // What counts the rooms that it makes, likewise. They outlive whoever makes them, so that this
  // host is one client here, too: a page that its browser shows could fill the pool.
  std::optional<IpAddress> counted_maker() const {
    return is_limited() ? std::optional(block) : std::nullopt;
  }
};

}  // namespace penstock::janus
