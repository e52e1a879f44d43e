#include "dataplane/rtp/payload/red.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr unsigned kFollowedBit = 0x80;  // another header comes after this one
constexpr unsigned kPayloadTypeMask = 0x7F;
constexpr unsigned kBlockLengthMask = 0x3FF;

}  // namespace

std::optional<std::uint16_t> red_primary_offset(std::span<const std::uint8_t> payload,
                                                std::uint8_t payload_type) {
  std::size_t at = 0;
  std::size_t redundant_bytes = 0;
  for (std::size_t blocks = 1; blocks <= kRedBlocksMax; ++blocks) {
    if (at >= payload.size() || (payload[at] & kPayloadTypeMask) != payload_type)
      return std::nullopt;
    if ((payload[at] & kFollowedBit) == 0) {
      const std::size_t primary_at = at + 1 + redundant_bytes;
      if (primary_at >= payload.size()) return std::nullopt;
      return static_cast<std::uint16_t>(primary_at);
    }
    if (payload.size() - at < kRedBlockHeaderBytes) return std::nullopt;
    redundant_bytes += load_be16(&payload[at + 2]) & kBlockLengthMask;
    at += kRedBlockHeaderBytes;
  }
  return std::nullopt;
}

std::size_t renumber_red_headers(std::span<const std::uint8_t> payload, std::uint8_t payload_type,
                                 std::span<std::uint8_t> headers) {
  const std::size_t bytes_max = std::min(payload.size(), headers.size());
  for (std::size_t at = 0; at < bytes_max; at += kRedBlockHeaderBytes) {
    const unsigned followed = payload[at] & kFollowedBit;
    headers[at] = static_cast<std::uint8_t>(followed | payload_type);
    if (followed == 0) return at + 1;
    if (bytes_max - at < kRedBlockHeaderBytes) return 0;
    std::memcpy(&headers[at + 1], &payload[at + 1], kRedBlockHeaderBytes - 1);
  }
  return 0;
}

}  // namespace penstock
