// Ethernet II framing. Untagged only: a port of ours is an access port, so 802.1Q frames are
// refused like any other unknown EtherType. Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

inline constexpr std::size_t kEthernetHeaderBytes = 14;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  std::uint16_t ether_type = 0;
};

// Reads the header; kEthernetTruncated, or kEthernetBadSource if the source is a group or zero.
[[nodiscard]] DropReason parse_ethernet_header(std::span<const std::uint8_t> frame,
                                               EthernetHeader& header);

// Writes kEthernetHeaderBytes.
void write_ethernet_header(std::uint8_t* to, const EthernetHeader& header);

}  // namespace penstock
