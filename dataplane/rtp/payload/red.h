// The RED payload format (RFC 2198): blocks of media, each behind the other, the last of them of
// the packet's own time (the primary one), the others again what earlier packets had. All blocks
// are of one codec here, as browsers do with Opus, and each names it by its payload type.
// Stateless; called by workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/limits.h"

namespace penstock {

// Of a block before the primary one, whose own is one byte.
inline constexpr std::size_t kRedBlockHeaderBytes = 4;
// Of three blocks before it, which is as much as is sent.
inline constexpr std::size_t kRedHeadersBytesUsual = 3 * kRedBlockHeaderBytes + 1;

// Where the primary block begins in a decrypted payload without its RTP padding; it goes to the
// end. `payload_type`: that of the blocks. Empty result if the payload ends in its headers, or
// before the primary block; if a block is of another payload type; if there are more than
// kRedBlocksMax.
std::optional<std::uint16_t> red_primary_offset(std::span<const std::uint8_t> payload,
                                                std::uint8_t payload_type);

// That of the blocks of such a payload.
inline std::uint8_t red_payload_type_of(std::span<const std::uint8_t> payload) {
  return payload[0] & 0x7F;
}

// The headers of such a payload with another payload type of the blocks, to be put in their place.
// Returns their bytes; 0 if they do not end within `payload`, or do not fit `headers`.
std::size_t renumber_red_headers(std::span<const std::uint8_t> payload, std::uint8_t payload_type,
                                 std::span<std::uint8_t> headers);

}  // namespace penstock
