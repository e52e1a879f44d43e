// The host's side of the TAP device: its addresses, MTU and link state, set by rtnetlink (RFC 3549)
// so that a browser on the same machine reaches the server without any further command. They go
// with the device. Control thread, at start.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "dataplane/base/ip_address.h"

namespace penstock {

struct TapHostAddress {
  IpAddress ipv4 = IpAddress::from_v4({198, 18, 0, 1});
  std::uint8_t ipv4_prefix_bits = 24;
  // fd00:198:18::1. Usable at once: duplicate address detection (RFC 4862) is skipped. Unspecified:
  // none.
  IpAddress ipv6 = {{0xfd, 0x00, 0x01, 0x98, 0x00, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  std::uint8_t ipv6_prefix_bits = 64;
};

// Gives the existing interface its MAC-independent settings and sets it up. A host without IPv6 is
// not an error: the text returned then says so, otherwise it lists what was set.
std::expected<std::string, std::string> set_tap_host_address(const std::string& interface,
                                                             const TapHostAddress& address,
                                                             std::uint16_t mtu);

}  // namespace penstock
