// The addresses of one data port. There is no kernel behind the port, so these are configuration,
// never learned (no DHCP, no SLAAC). Set before the workers start and const from then on, so any
// thread may read it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "dataplane/base/ip_address.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

// One address family of a port. Unspecified `address`: the port does not speak this family.
// Unspecified `gateway`: there is none, every peer is on the link.
struct InterfaceNetwork {
  IpAddress address;
  IpAddress gateway;
  std::uint8_t prefix_bits = 0;  // of the family: 0..32 for IPv4, 0..128 for IPv6

  bool is_present() const { return !address.is_unspecified(); }
  bool has_gateway() const { return is_present() && !gateway.is_unspecified(); }
};

struct InterfaceAddresses {
  MacAddress mac;
  // IEEE 802.1Q: all frames are of this VLAN, and tagged with it; 0: of none, and not tagged.
  std::uint16_t vlan_id = 0;
  InterfaceNetwork ipv4;
  InterfaceNetwork ipv6;

  // fe80::/64 with the modified EUI-64 of the MAC (RFC 4291 appendix A). Spoken, for neighbour
  // discovery and ping only, when `ipv6` is present.
  IpAddress link_local() const;
};

static_assert(std::is_trivially_copyable_v<InterfaceAddresses>);

// True if both addresses are in the same prefix of `network`: the peer is on our link.
bool is_on_link(const InterfaceNetwork& network, const IpAddress& peer);

// The broadcast address of an IPv4 network (all host bits one); unspecified for prefixes of 31 and
// 32 bits, which have none (RFC 3021).
IpAddress directed_broadcast(const InterfaceNetwork& ipv4);

}  // namespace penstock
