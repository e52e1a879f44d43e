#include "dataplane/net/ipv4.h"

#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"

namespace penstock {
namespace {

constexpr std::uint8_t kVersion4WithoutOptions = 0x45;
constexpr std::uint16_t kFlagReserved = 0x8000;
constexpr std::uint16_t kFlagDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragmentsOrOffset = 0x3FFF;

}  // namespace

DropReason parse_ipv4_header(std::span<const std::uint8_t> packet, bool checksum_known_good,
                             Ipv4Header& header) {
  if (packet.size() < kIpv4HeaderBytes) return DropReason::kIpv4Truncated;
  if (packet[0] != kVersion4WithoutOptions) return DropReason::kIpv4BadHeader;
  const std::size_t total_bytes = load_be16(&packet[2]);
  if (total_bytes < kIpv4HeaderBytes || total_bytes > packet.size())
    return DropReason::kIpv4Truncated;
  if (!checksum_known_good && internet_checksum(packet.first(kIpv4HeaderBytes)) != 0)
    return DropReason::kIpv4BadChecksum;
  const std::uint16_t flags_and_offset = load_be16(&packet[6]);
  if ((flags_and_offset & kFlagReserved) != 0) return DropReason::kIpv4BadHeader;
  header.source = IpAddress::from_v4_bytes(&packet[12]);
  header.destination = IpAddress::from_v4_bytes(&packet[16]);
  header.protocol = packet[9];
  header.time_to_live = packet[8];
  header.payload_bytes = static_cast<std::uint16_t>(total_bytes - kIpv4HeaderBytes);
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
