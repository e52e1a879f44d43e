#include "dataplane/net/ipv4.h"

#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"

namespace penstock {
namespace {

constexpr std::uint8_t kVersion4WithoutOptions = 0x45;
constexpr std::uint8_t kOptionEnd = 0;
constexpr std::uint8_t kOptionNone = 1;
constexpr std::uint8_t kOptionLooseSourceRoute = 131;
constexpr std::uint8_t kOptionStrictSourceRoute = 137;
constexpr std::uint16_t kFlagReserved = 0x8000;
constexpr std::uint16_t kFlagDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragmentsOrOffset = 0x3FFF;

// Nothing that options say is for us to do, but what routed a packet past its way is not taken.
bool are_ipv4_options_good(std::span<const std::uint8_t> options) {
  while (!options.empty() && options[0] != kOptionEnd) {
    const std::uint8_t type = options[0];
    std::size_t bytes = 1;
    if (type != kOptionNone) {
      if (type == kOptionLooseSourceRoute || type == kOptionStrictSourceRoute) return false;
      if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) return false;
      bytes = options[1];
    }
    options = options.subspan(bytes);
  }
  return true;
}

}  // namespace

DropReason parse_ipv4_header(std::span<const std::uint8_t> packet, bool checksum_known_good,
                             Ipv4Header& header) {
  if (packet.size() < kIpv4HeaderBytes) return DropReason::kIpv4Truncated;
  std::size_t header_bytes = kIpv4HeaderBytes;
  if (packet[0] != kVersion4WithoutOptions) [[unlikely]] {
    header_bytes = std::size_t{4} * (packet[0] & 0x0FU);
    if ((packet[0] >> 4) != 4 || header_bytes < kIpv4HeaderBytes) return DropReason::kIpv4BadHeader;
  }
  const std::size_t total_bytes = load_be16(&packet[2]);
  if (total_bytes < header_bytes || total_bytes > packet.size()) return DropReason::kIpv4Truncated;
  if (!checksum_known_good && internet_checksum(packet.first(header_bytes)) != 0)
    return DropReason::kIpv4BadChecksum;
  if (header_bytes > kIpv4HeaderBytes) [[unlikely]] {
    if (!are_ipv4_options_good(packet.subspan(kIpv4HeaderBytes, header_bytes - kIpv4HeaderBytes)))
      return DropReason::kIpv4BadHeader;
  }
  const std::uint16_t flags_and_offset = load_be16(&packet[6]);
  if ((flags_and_offset & kFlagReserved) != 0) return DropReason::kIpv4BadHeader;
  header.source = IpAddress::from_v4_bytes(&packet[12]);
  header.destination = IpAddress::from_v4_bytes(&packet[16]);
  header.protocol = packet[9];
  header.time_to_live = packet[8];
  header.ecn = packet[1] & 3U;
  header.payload_bytes = static_cast<std::uint16_t>(total_bytes - header_bytes);
  header.header_bytes = static_cast<std::uint8_t>(header_bytes);
  return (flags_and_offset & kMoreFragmentsOrOffset) != 0 ? DropReason::kIpFragment
                                                          : DropReason::kNone;
}

bool is_martian_ipv4_source(const IpAddress& source, const InterfaceNetwork& ipv4) {
  const std::uint8_t first = source.v4_bytes()[0];
  if (first == 0 || first == 127 || first >= 224) return true;
  return source == ipv4.address || source == directed_broadcast(ipv4);
}

void write_ipv4_header(std::uint8_t* to, const Ipv4Header& header) {
  std::memset(to, 0, kIpv4HeaderBytes);
  to[0] = kVersion4WithoutOptions;
  store_be16(to + 2, static_cast<std::uint16_t>(kIpv4HeaderBytes + header.payload_bytes));
  store_be16(to + 6, kFlagDontFragment);
  to[8] = header.time_to_live;
  to[9] = header.protocol;
  std::memcpy(to + 12, header.source.v4_bytes(), 4);
  std::memcpy(to + 16, header.destination.v4_bytes(), 4);
  store_be16(to + 10, internet_checksum({to, kIpv4HeaderBytes}));
}

}  // namespace penstock
