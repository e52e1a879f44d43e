// Tells the protocols apart that share one UDP port, by the first byte (RFC 7983, updated by RFC
// 9443), and RTP from RTCP by the second (RFC 5761 section 4). Stateless; called by workers for
// every datagram.
#pragma once

#include <cstdint>
#include <span>

namespace penstock {

enum class DatagramKind : std::uint8_t { kStun, kDtls, kRtp, kRtcp, kUnknown };

// The protocol of a datagram. Empty ones, ZRTP, TURN channels and QUIC are kUnknown. Nothing but
// the first two bytes is looked at: the protocol's parser checks the rest.
DatagramKind classify_datagram(std::span<const std::uint8_t> datagram);

}  // namespace penstock
