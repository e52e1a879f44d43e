#include "dataplane/net/packet_too_big.h"

#include <algorithm>

#include "dataplane/base/endian.h"
#include "dataplane/base/limits.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/net/udp.h"

namespace penstock {
namespace {

constexpr std::uint8_t kIcmpUnreachable = 3;
constexpr std::uint8_t kIcmpFragmentationNeeded = 4;
constexpr std::uint8_t kIcmpv6PacketTooBig = 2;

using Bytes = std::span<const std::uint8_t>;
using Result = std::expected<PacketTooBig, DropReason>;

constexpr std::unexpected kInvalid(DropReason::kIcmpInvalid);
constexpr std::unexpected kNotOfOurs(DropReason::kIcmpNotOfOurs);

Bytes message_of(Bytes frame, const FrameVerdict& verdict) {
  return frame.subspan(verdict.payload_offset, verdict.payload_bytes);
}

// RFC 1191 section 7.1, as far as it matters here: Ethernet's with PPPoE, SLIP's and ARPANET's.
std::uint16_t common_mtu_below(std::uint16_t packet_bytes) {
  if (packet_bytes > 1'492) return 1'492;
  return packet_bytes > 1'006 ? 1'006 : kPathMtuMinIpv4;
}

void take_ports(Bytes udp, PacketTooBig& parsed) {
  parsed.local.port = load_be16(&udp[0]);
  parsed.remote.port = load_be16(&udp[2]);
}

// The quoted headers are as we wrote them, but for the hop limit and the checksum: no options.
Result parse_ipv4(Bytes message) {
  if (internet_checksum(message) != 0) return kInvalid;
  const Bytes quoted = message.subspan(kIcmpHeaderBytes);
  if (quoted.size() < kIpv4HeaderBytes + kUdpHeaderBytes) return kInvalid;
  const bool is_first = (load_be16(&quoted[6]) & 0x1FFFU) == 0;
  if (quoted[0] != 0x45 || quoted[9] != kProtocolUdp || !is_first) return kNotOfOurs;
  PacketTooBig parsed;
  parsed.local.ip = IpAddress::from_v4_bytes(&quoted[12]);
  parsed.remote.ip = IpAddress::from_v4_bytes(&quoted[16]);
  take_ports(quoted.subspan(kIpv4HeaderBytes), parsed);
  parsed.packet_bytes = load_be16(&quoted[2]);
  const std::uint16_t said = load_be16(&message[6]);
  parsed.mtu = said == 0 ? common_mtu_below(parsed.packet_bytes) : std::max(said, kPathMtuMinIpv4);
  return parsed;
}

Result parse_ipv6(Bytes message, const Path& path) {
  const DropReason reason = check_icmpv6(message, path.remote.ip, path.local.ip);
  if (reason != DropReason::kNone) return std::unexpected(reason);
  const Bytes quoted = message.subspan(kIcmpHeaderBytes);
  if (quoted.size() < kIpv6HeaderBytes + kUdpHeaderBytes) return kInvalid;
  if ((quoted[0] >> 4) != 6 || quoted[6] != kProtocolUdp) return kNotOfOurs;
  PacketTooBig parsed;
  parsed.local.ip = IpAddress::from_v6_bytes(&quoted[8]);
  parsed.remote.ip = IpAddress::from_v6_bytes(&quoted[24]);
  take_ports(quoted.subspan(kIpv6HeaderBytes), parsed);
  const std::uint32_t packet_bytes = load_be16(&quoted[4]) + std::uint32_t{kIpv6HeaderBytes};
  const std::uint32_t mtu = load_be32(&message[4]);
  if (mtu < kPathMtuMinIpv6 || mtu >= packet_bytes || packet_bytes > 0xFFFF) return kNotOfOurs;
  parsed.packet_bytes = static_cast<std::uint16_t>(packet_bytes);
  parsed.mtu = static_cast<std::uint16_t>(mtu);
  return parsed;
}

}  // namespace

bool is_packet_too_big(Bytes frame, const FrameVerdict& verdict) {
  const Bytes message = message_of(frame, verdict);
  if (message.size() < kIcmpHeaderBytes) return false;
  if (verdict.kind == FrameKind::kIcmpv6) return message[0] == kIcmpv6PacketTooBig;
  return verdict.kind == FrameKind::kIcmp && message[0] == kIcmpUnreachable &&
         message[1] == kIcmpFragmentationNeeded;
}

Result parse_packet_too_big(Bytes frame, const FrameVerdict& verdict) {
  const Bytes message = message_of(frame, verdict);
  if (!is_packet_too_big(frame, verdict)) return kInvalid;
  const Result parsed =
      verdict.kind == FrameKind::kIcmp ? parse_ipv4(message) : parse_ipv6(message, verdict.path);
  if (!parsed) return parsed;
  const bool is_ours = parsed->local.ip == verdict.path.local.ip;
  if (!is_ours || parsed->mtu >= parsed->packet_bytes) return kNotOfOurs;
  return parsed;
}

}  // namespace penstock
