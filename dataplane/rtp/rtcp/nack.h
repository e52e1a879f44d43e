// Generic NACK (RFC 4585 section 6.2.1): which packets of one stream are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

// A parsed NACK; borrows the packet.
struct Nack {
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::span<const std::uint8_t> items;  // whole 4-byte PID/BLP pairs, at least one

  // Calls visit(std::uint16_t sequence_number) for every packet asked for, in the order of the
  // wire. The same number may come twice; at most 17 calls for each 4 bytes of the packet.
  template <typename Visit>
  void for_each_lost(Visit&& visit) const {
    for (std::size_t at = 0; at + 4 <= items.size(); at += 4) {
      const std::uint16_t pid = load_be16(&items[at]);
      visit(pid);
      std::uint16_t blp = load_be16(&items[at + 2]);
      for (std::uint16_t i = 1; blp != 0; ++i, blp = static_cast<std::uint16_t>(blp >> 1)) {
        if (blp & 1) visit(static_cast<std::uint16_t>(pid + i));
      }
    }
  }
};

// Empty unless `packet` is a generic NACK with at least one whole item.
std::optional<Nack> parse_nack(const RtcpPacket& packet);

// Appends a NACK for as many of `lost` (in ascending order, across a wrap too) as fit, and returns
// how many that are: 0 if `lost` is empty or there is no room. Call again for the rest.
std::size_t write_nack(ByteWriter& writer, std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                       std::span<const std::uint16_t> lost);

}  // namespace penstock
