// Which address of the port somebody else on the link has, too. Values, for the responder that
// notices, the counters and the log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/net/mac_address.h"

namespace penstock {

enum class OwnAddress : std::uint8_t { kIpv4, kIpv6, kLinkLocal };
inline constexpr std::size_t kOwnAddresses = 3;
// The label used in metrics.
inline constexpr std::array<std::string_view, kOwnAddresses> kOwnAddressLabels = {
    "ipv4", "ipv6", "ipv6_link_local"};

struct AddressConflict {
  std::uint64_t count = 0;  // how often somebody else spoke as if the address were his
  MacAddress mac;           // who that was the last time
};

}  // namespace penstock
