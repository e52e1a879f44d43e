#include "dataplane/net/ipv6.h"

#include <cstring>

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::uint8_t kNextHeaderFragment = 44;

// The extension headers of the IANA registry but the fragment header.
bool is_extension_header(std::uint8_t next_header) {
  switch (next_header) {
    case 0:    // hop-by-hop options
    case 43:   // routing
    case 50:   // ESP
    case 51:   // AH
    case 60:   // destination options
    case 135:  // mobility
    case 139:  // HIP
    case 140:  // Shim6
    case 253:  // experiments
    case 254:
      return true;
    default:
      return false;
  }
}

}  // namespace

DropReason parse_ipv6_header(std::span<const std::uint8_t> packet, Ipv6Header& header) {
  if (packet.size() < kIpv6HeaderBytes) return DropReason::kIpv6Truncated;
  if ((packet[0] >> 4) != 6) return DropReason::kIpv6BadHeader;
  header.payload_bytes = load_be16(&packet[4]);
  if (header.payload_bytes > packet.size() - kIpv6HeaderBytes) return DropReason::kIpv6Truncated;
  header.next_header = packet[6];
  if (is_extension_header(header.next_header)) return DropReason::kIpv6BadHeader;
  header.hop_limit = packet[7];
  header.source = IpAddress::from_v6_bytes(&packet[8]);
  header.destination = IpAddress::from_v6_bytes(&packet[24]);
  return header.next_header == kNextHeaderFragment ? DropReason::kIpFragment : DropReason::kNone;
}

bool is_martian_ipv6_source(const IpAddress& source, const InterfaceAddresses& addresses) {
  if (is_ipv6_multicast(source) || source.is_loopback() || source.is_v4()) return true;
  if (is_ipv6_link_local(source)) return source == addresses.link_local();
  return source == addresses.ipv6.address;
}

bool is_ipv6_multicast(const IpAddress& address) { return address.bytes[0] == 0xFF; }

bool is_ipv6_link_local(const IpAddress& address) {
  return address.bytes[0] == 0xFE && (address.bytes[1] & 0xC0U) == 0x80;
}

IpAddress all_nodes_group() {
  IpAddress group;
  group.bytes[0] = 0xFF;
  group.bytes[1] = 0x02;
  group.bytes[15] = 0x01;
  return group;
}

IpAddress solicited_node_group(const IpAddress& address) {
  IpAddress group;
  const auto& a = address.bytes;
  group.bytes = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xFF, a[13], a[14], a[15]};
  return group;
}

void write_ipv6_header(std::uint8_t* to, const Ipv6Header& header) {
  store_be32(to, 0x6000'0000U);
  store_be16(to + 4, header.payload_bytes);
  to[6] = header.next_header;
  to[7] = header.hop_limit;
  std::memcpy(to + 8, header.source.bytes.data(), 16);
  std::memcpy(to + 24, header.destination.bytes.data(), 16);
}

}  // namespace penstock
