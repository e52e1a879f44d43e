#include "dataplane/net/ethernet.h"

#include "dataplane/base/endian.h"

namespace penstock {

namespace {

constexpr std::size_t kTypeOffset = 12;
constexpr std::uint16_t kVlanIdMask = 0x0FFF;

}  // namespace

DropReason parse_ethernet_header(std::span<const std::uint8_t> frame, std::uint16_t vlan_id,
                                 EthernetHeader& header) {
  if (frame.size() < kEthernetHeaderBytes) return DropReason::kEthernetTruncated;
  header.destination = MacAddress::from_bytes(&frame[0]);
  header.source = MacAddress::from_bytes(&frame[6]);
  header.ether_type = load_be16(&frame[kTypeOffset]);
  header.vlan_id = 0;
  header.header_bytes = kEthernetHeaderBytes;
  if (header.ether_type == kEtherTypeVlan) [[unlikely]] {
    header.header_bytes += kVlanTagBytes;
    if (frame.size() < header.header_bytes) return DropReason::kEthernetTruncated;
    header.vlan_id = load_be16(&frame[kTypeOffset + 2]) & kVlanIdMask;
    header.ether_type = load_be16(&frame[kTypeOffset + kVlanTagBytes]);
  }
  if (header.source.is_group() || header.source.is_zero()) return DropReason::kEthernetBadSource;
  return header.vlan_id == vlan_id ? DropReason::kNone : DropReason::kVlanNotOurs;
}

void write_ethernet_header(std::uint8_t* to, const EthernetHeader& header) {
  std::memcpy(to, header.destination.bytes.data(), 6);
  std::memcpy(to + 6, header.source.bytes.data(), 6);
  store_be16(to + kTypeOffset, header.ether_type);
}

std::size_t insert_vlan_tag(std::uint8_t* frame, std::size_t bytes, std::uint16_t vlan_id) {
  if (vlan_id == 0) return bytes;
  std::uint8_t* tag = frame + kTypeOffset;
  std::memmove(tag + kVlanTagBytes, tag, bytes - kTypeOffset);
  store_be16(tag, kEtherTypeVlan);
  store_be16(tag + 2, vlan_id);
  return bytes + kVlanTagBytes;
}

}  // namespace penstock
