// What an outgoing packet says of its sending: its transport-wide number
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), or when it was sent (abs-send-time). It is
// the first element of the header extension (RFC 8285), for which header templates have a place,
// and is filled in when the packet goes: what is dropped before has no number. Called per packet
// per receiver.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/endian.h"
#include "dataplane/forward/subscription.h"
#include "dataplane/rtp/header.h"
#include "dataplane/worker/transport.h"

namespace penstock {

// Of the element's value.
constexpr std::size_t send_stamp_bytes(SendStamp stamp) {
  return stamp == SendStamp::kTransportCc ? 2 : 3;
}

// UDP, IPv4 and Ethernet, which the estimate counts with the packet, as what limits a way counts
// its own frames: without, probes of small packets show less than the media could have. Of IPv6
// there are 20 more.
inline constexpr std::size_t kStampedOverheadBytes = 42;

// Where the value of the first element stands in a header, if it has this id; 0 if it has not.
inline std::size_t first_element_at(const std::uint8_t* rtp, std::uint8_t id) {
  constexpr std::size_t kElements = kRtpFixedHeaderBytes + 4;
  constexpr std::uint8_t kExtensionBit = 0x10;
  constexpr std::uint8_t kOneByteForm = 0xBE;
  if ((rtp[0] & kExtensionBit) == 0) return 0;
  if (rtp[kRtpFixedHeaderBytes] == kOneByteForm)
    return rtp[kElements] >> 4 == id ? kElements + 1 : 0;
  return rtp[kElements] == id ? kElements + 2 : 0;
}

// Seconds with 18 bits of fraction, modulo 64 s.
inline std::uint32_t abs_send_time(Timestamp now) {
  constexpr Duration kPeriod = 64 * kSecond;
  return static_cast<std::uint32_t>(((now % kPeriod) << 18) / kSecond) & 0xFFFFFF;
}

// The packet goes now: `rtp` is its header; `datagram_bytes`: of the packet as it is sent. Nothing
// if the header has no place for a stamp.
inline void stamp_header(std::uint8_t* rtp, const Subscription& subscription, Transport& transport,
                         std::size_t datagram_bytes, Timestamp now) {
  const SendStamp stamp = subscription.target.stamp;
  if (stamp == SendStamp::kNone) return;
  const std::uint8_t id = transport.extensions_out.id(header_extension(stamp));
  const std::size_t at = id == 0 ? 0 : first_element_at(rtp, id);
  if (at == 0) return;
  if (stamp == SendStamp::kTransportCc) {
    store_be16(rtp + at, transport.estimator.add_sent(now, datagram_bytes + kStampedOverheadBytes));
    return;
  }
  const std::uint32_t time = abs_send_time(now);
  rtp[at] = static_cast<std::uint8_t>(time >> 16);
  store_be16(rtp + at + 1, static_cast<std::uint16_t>(time));
}

}  // namespace penstock
