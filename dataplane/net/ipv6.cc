#include "dataplane/net/ipv6.h"

#include <cstring>

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::uint8_t kHopByHopOptions = 0;
constexpr std::uint8_t kFragmentHeader = 44;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::size_t kExtensionUnitBytes = 8;
constexpr std::uint16_t kOffsetOrMoreFragments = 0xFFF9;
constexpr std::uint8_t kPad1 = 0;
constexpr std::uint8_t kActionIfUnknown = 0xC0;

// The extension headers of the IANA registry.
bool is_extension_header(std::uint8_t next_header) {
  switch (next_header) {
    case kHopByHopOptions:
    case kFragmentHeader:
    case kDestinationOptions:
    case 43:   // routing
    case 50:   // ESP
    case 51:   // AH
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

// No option has anything for us. Of each the two highest bits say whether that matters.
bool may_skip_options(std::span<const std::uint8_t> options) {
  while (!options.empty()) {
    if ((options[0] & kActionIfUnknown) != 0) return false;
    std::size_t bytes = 1;
    if (options[0] != kPad1) {
      if (options.size() < 2) return false;
      bytes = std::size_t{2} + options[1];
      if (bytes > options.size()) return false;
    }
    options = options.subspan(bytes);
  }
  return true;
}

// The extension header that `rest` begins with.
DropReason skip_extension_header(std::span<const std::uint8_t> rest, Ipv6Header& header) {
  if (rest.size() < kExtensionUnitBytes) return DropReason::kIpv6Truncated;
  std::size_t bytes = kExtensionUnitBytes;
  switch (header.next_header) {
    case kHopByHopOptions:
      if (header.header_bytes != kIpv6HeaderBytes) return DropReason::kIpv6BadHeader;
      [[fallthrough]];
    case kDestinationOptions:
      bytes += rest[1] * kExtensionUnitBytes;
      if (bytes > rest.size()) return DropReason::kIpv6Truncated;
      if (!may_skip_options(rest.subspan(2, bytes - 2))) return DropReason::kIpv6ExtensionRefused;
      break;
    case kFragmentHeader:
      if ((load_be16(&rest[2]) & kOffsetOrMoreFragments) != 0) return DropReason::kIpFragment;
      header.is_atomic_fragment = true;
      break;
    default:
      return DropReason::kIpv6ExtensionRefused;
  }
  header.next_header = rest[0];
  header.header_bytes = static_cast<std::uint16_t>(header.header_bytes + bytes);
  header.payload_bytes = static_cast<std::uint16_t>(header.payload_bytes - bytes);
  return DropReason::kNone;
}

// ff02::, and the number that IANA gave the group.
IpAddress link_local_group(std::uint8_t number) {
  IpAddress group;
  group.bytes[0] = 0xFF;
  group.bytes[1] = 0x02;
  group.bytes[15] = number;
  return group;
}

[[gnu::noinline]] DropReason skip_extension_headers(std::span<const std::uint8_t> packet,
                                                    Ipv6Header& header) {
  for (std::size_t count = 0; is_extension_header(header.next_header); ++count) {
    if (count == kIpv6ExtensionsMax) return DropReason::kIpv6ExtensionRefused;
    const DropReason reason =
        skip_extension_header(packet.subspan(header.header_bytes, header.payload_bytes), header);
    if (reason != DropReason::kNone) return reason;
    if (header.header_bytes > kIpv6HeaderBytes + kIpv6ExtensionBytesMax)
      return DropReason::kIpv6ExtensionRefused;
  }
  return DropReason::kNone;
}

}  // namespace

DropReason parse_ipv6_header(std::span<const std::uint8_t> packet, Ipv6Header& header) {
  if (packet.size() < kIpv6HeaderBytes) return DropReason::kIpv6Truncated;
  if ((packet[0] >> 4) != 6) return DropReason::kIpv6BadHeader;
  header.payload_bytes = load_be16(&packet[4]);
  if (header.payload_bytes > packet.size() - kIpv6HeaderBytes) return DropReason::kIpv6Truncated;
  header.next_header = packet[6];
  header.header_bytes = kIpv6HeaderBytes;
  header.is_atomic_fragment = false;
  header.hop_limit = packet[7];
  header.ecn = (packet[1] >> 4) & 3U;
  header.source = IpAddress::from_v6_bytes(&packet[8]);
  header.destination = IpAddress::from_v6_bytes(&packet[24]);
  if (!is_extension_header(header.next_header)) [[likely]]
    return DropReason::kNone;
  return skip_extension_headers(packet, header);
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

IpAddress all_nodes_group() { return link_local_group(0x01); }
IpAddress all_mldv2_routers_group() { return link_local_group(0x16); }

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
