// What a router says when a packet of ours does not fit the next link: ICMP "fragmentation needed
// and DF set" (RFC 792, RFC 1191 section 4) and ICMPv6 "packet too big" (RFC 4443 section 3.2, RFC
// 8201). Anybody can send one: it counts only for who knows what it quotes (RFC 5927 section 7), a
// datagram of a flow of ours. Stateless; usable from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "dataplane/base/ip_address.h"
#include "dataplane/net/udp_parser.h"

namespace penstock {

struct PacketTooBig {
  // What the quoted datagram was sent from and to.
  SocketAddress local;
  SocketAddress remote;
  std::uint16_t packet_bytes = 0;  // of the IP packet that did not fit
  std::uint16_t mtu = 0;           // of IP packets that do; less than `packet_bytes`
};

// Whether the frame, which parse_frame took for ICMP or ICMPv6, is such a message.
bool is_packet_too_big(std::span<const std::uint8_t> frame, const FrameVerdict& verdict);

// Reads it. kIcmpInvalid if it is malformed or its checksum is wrong; kIcmpNotOfOurs if it does not
// quote UDP from the address that it was sent to, or a packet that is no larger than what it says
// fits, or says less than every IPv6 link has (RFC 8201 section 4 has such discarded). In IPv4 less
// than kPathMtuMinIpv4 is taken for that, and a router that says no size (before RFC 1191) means
// the next smaller one of those that are common.
[[nodiscard]] std::expected<PacketTooBig, DropReason> parse_packet_too_big(
    std::span<const std::uint8_t> frame, const FrameVerdict& verdict);

}  // namespace penstock
