#include "dataplane/net/ethernet.h"

#include "dataplane/base/endian.h"

namespace penstock {

DropReason parse_ethernet_header(std::span<const std::uint8_t> frame, EthernetHeader& header) {
  if (frame.size() < kEthernetHeaderBytes) return DropReason::kEthernetTruncated;
  header.destination = MacAddress::from_bytes(&frame[0]);
  header.source = MacAddress::from_bytes(&frame[6]);
  header.ether_type = load_be16(&frame[12]);
  if (header.source.is_group() || header.source.is_zero()) return DropReason::kEthernetBadSource;
  return DropReason::kNone;
}

void write_ethernet_header(std::uint8_t* to, const EthernetHeader& header) {
  std::memcpy(to, header.destination.bytes.data(), 6);
  std::memcpy(to + 6, header.source.bytes.data(), 6);
  store_be16(to + 12, header.ether_type);
}

}  // namespace penstock
