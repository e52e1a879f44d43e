// The port that the targets of this folder send their frames to, and what must hold for every
// answer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/limits.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/net/packet_too_big.h"
#include "dataplane/net/responder.h"
#include "dataplane/net/udp_parser.h"

namespace penstock::fuzz {

inline constexpr MacAddress kOurMac{{0x02, 0, 0, 0, 0, 0x02}};
inline constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x01}};

// 198.18.0.2/24 and fd00::2/64, with gateways .1 and ::1.
inline InterfaceAddresses our_addresses() {
  InterfaceAddresses addresses;
  addresses.mac = kOurMac;
  addresses.ipv4 = {IpAddress::from_v4({198, 18, 0, 2}), IpAddress::from_v4({198, 18, 0, 1}), 24};
  addresses.ipv6.address.bytes = {0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  addresses.ipv6.gateway.bytes = {0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  addresses.ipv6.prefix_bits = 64;
  return addresses;
}

// Parses a frame that is exactly as large as its memory, so that a read beyond it is found, and
// checks what the verdict promises.
inline FrameVerdict judge(std::span<const std::uint8_t> frame, const ParseOptions& options = {}) {
  const FrameVerdict verdict = parse_frame(frame, our_addresses(), options);
  PENSTOCK_CHECK((verdict.kind == FrameKind::kDropped) == (verdict.drop != DropReason::kNone));
  PENSTOCK_CHECK(std::size_t{verdict.payload_offset} + verdict.payload_bytes <= frame.size());
  if (verdict.kind == FrameKind::kUdp) {
    PENSTOCK_CHECK(verdict.path.remote.ip.is_v4() == verdict.path.local.ip.is_v4());
    PENSTOCK_CHECK(verdict.path.remote.port != 0);
    const std::size_t headers_bytes = verdict.path.remote.ip.is_v4() ? 42 : 62;
    PENSTOCK_CHECK(verdict.payload_offset >= headers_bytes);
    PENSTOCK_CHECK(verdict.payload_offset <=
                   headers_bytes + kVlanTagBytes + kIpv6ExtensionBytesMax);
  }
  return verdict;
}

// What a router says is bounded, whatever the message holds.
inline void read_error(std::span<const std::uint8_t> frame, const FrameVerdict& verdict) {
  if (!is_packet_too_big(frame, verdict)) return;
  const auto parsed = parse_packet_too_big(frame, verdict);
  if (!parsed) return;
  const bool is_v4 = parsed->remote.ip.is_v4();
  PENSTOCK_CHECK(parsed->local.ip == verdict.path.local.ip);
  PENSTOCK_CHECK(parsed->mtu >= (is_v4 ? kPathMtuMinIpv4 : kPathMtuMinIpv6));
  PENSTOCK_CHECK(parsed->mtu < parsed->packet_bytes);
}

// Gives link work to a fresh responder that waits for its gateways.
inline void respond(std::span<const std::uint8_t> frame, const FrameVerdict& verdict) {
  read_error(frame, verdict);
  LinkResponder responder(our_addresses());
  std::array<std::uint8_t, kPollFrameBytesMax> own;
  Timestamp now = 0;
  for (; now < 2 * kSecond; now += kProbeInterval) {
    while (responder.poll(now, own) != 0) {
    }
  }
  std::vector<std::uint8_t> reply(frame.size() + kNeighborFrameBytes);
  const LinkReply result = responder.respond(frame, verdict, now, reply);
  PENSTOCK_CHECK(result.drop == DropReason::kNone || result.bytes == 0);
  PENSTOCK_CHECK(result.bytes <= std::max(frame.size(), kNeighborFrameBytes));
  if (result.bytes == 0) return;
  // Every answer is a frame from us to another station, whose headers its receiver accepts.
  PENSTOCK_CHECK(MacAddress::from_bytes(&reply[6]) == kOurMac);
  PENSTOCK_CHECK(MacAddress::from_bytes(&reply[0]) != kOurMac);
}

}  // namespace penstock::fuzz
