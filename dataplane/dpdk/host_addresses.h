// The addresses of this host, for a port over the kernel's sockets. Control thread, at start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "dataplane/base/ip_address.h"

namespace penstock {

struct HostAddress {
  IpAddress address;
  std::string interface;
};

// What can be offered to clients: addresses of interfaces that are up and have a link, IPv4 first.
// Not the link-local ones of IPv6, which mean nothing without an interface, and the loopback ones
// only if there are no others. At most kHostAddressesMax.
std::vector<HostAddress> offered_addresses(std::vector<HostAddress> all);
std::vector<HostAddress> host_addresses();

// Those of `wanted`. Error: one that is not this host's, with those that are.
std::expected<std::vector<HostAddress>, std::string> find_host_addresses(
    const std::vector<IpAddress>& wanted);

// The largest that an interface of these has: what does not fit it, fits none.
std::uint16_t largest_mtu(const std::vector<HostAddress>& addresses);

}  // namespace penstock
