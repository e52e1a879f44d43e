// The RTX payload format (RFC 4588 section 4): two bytes of original sequence number (OSN), then
// the original payload. Stateless; called by workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/endian.h"

namespace penstock {

inline constexpr std::size_t kRtxHeaderBytes = 2;

// The original sequence number of a decrypted RTX payload without its RTP padding. Empty result if
// there are not even two bytes: padding sent as RTX for probing, which carries nothing.
inline std::optional<std::uint16_t> original_sequence_number(
    std::span<const std::uint8_t> rtx_payload) {
  if (rtx_payload.size() < kRtxHeaderBytes) return std::nullopt;
  return load_be16(rtx_payload.data());
}

}  // namespace penstock
