// The part of an outgoing RTP header that is the same for all packets of a subscription: fixed
// fields and the header extension up to the MID (RFC 3550, RFC 8285, RFC 8843 section 15). A value,
// kept by the subscription; its receiver's worker makes and reads it.
#pragma once

#include <array>
#include <cstdint>

namespace penstock {

struct HeaderTemplate {
  static constexpr std::size_t kBytesMax = 32;

  enum class State : std::uint8_t {
    kStale,  // to be made before the next packet
    kUsable,
    kTooLarge,  // of no use: the mid is too long, or an id needs the two-byte form
  };

  // With marker, sequence number and timestamp zero, and padded.
  std::array<std::uint8_t, kBytesMax> bytes{};
  State state = State::kStale;
  std::uint8_t header_bytes = 0;  // padding included: what a packet without elements has
  std::uint8_t elements_at = 0;   // where further elements begin
  // Ids of the elements that are passed on, in the slot's order; 0: not negotiated.
  std::array<std::uint8_t, 5> passed_ids{};
};

}  // namespace penstock
