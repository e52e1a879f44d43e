// Who a reverse proxy speaks for, from the header field that it adds to a request: X-Forwarded-For,
// or Forwarded (RFC 7239). Each proxy on the way appends the address that connected to it, so the
// list is read from its end: the first address that is not a trusted proxy's is the client's. What
// stands before that is only what the client claims. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "controlplane/config/config.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

// Whether one of the prefixes has this address.
bool is_in(std::span<const IpPrefix> prefixes, const IpAddress& address);

// `values` are those of all fields with the header's name, in their order. If all addresses are
// trusted ones, it is the first. The port is 0 if the proxy does not say it. Nothing if the header
// is not there, or where it has to be read is not as its specification says.
std::optional<SocketAddress> forwarded_client(config::ClientAddressHeader header,
                                              std::span<const std::string_view> values,
                                              std::span<const IpPrefix> trusted_proxies);

}  // namespace penstock
