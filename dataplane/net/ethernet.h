// Ethernet II framing, with an IEEE 802.1Q tag or without. Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

inline constexpr std::size_t kEthernetHeaderBytes = 14;

inline constexpr std::size_t kVlanTagBytes = 4;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  std::uint16_t ether_type = 0;                      // of what follows the tag, if there is one
  std::uint16_t vlan_id = 0;                         // 0: no tag, or one that says a priority only
  std::uint8_t header_bytes = kEthernetHeaderBytes;  // with the tag
};

// Reads the header, which is for the VLAN `vlan_id`, or if that is 0 for none. kEthernetTruncated,
// kEthernetBadSource if the source is a group or zero, or kVlanNotOurs.
[[nodiscard]] DropReason parse_ethernet_header(std::span<const std::uint8_t> frame,
                                               std::uint16_t vlan_id, EthernetHeader& header);

// Writes kEthernetHeaderBytes, without a tag.
void write_ethernet_header(std::uint8_t* to, const EthernetHeader& header);

// Puts a tag with this id, of priority 0, into a frame of `bytes`, behind which there is room for
// kVlanTagBytes; with an id of 0 none. Returns the bytes that the frame has then.
std::size_t insert_vlan_tag(std::uint8_t* frame, std::size_t bytes, std::uint16_t vlan_id);

}  // namespace penstock
