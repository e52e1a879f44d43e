#include "controlplane/sctp/unsent_bytes.h"

#include <algorithm>

#include "controlplane/sctp/limits.h"
#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::size_t kChunkHeaderBytes = 4;
constexpr std::size_t kDataHeaderBytes = 16;  // RFC 4960 section 3.3.1
constexpr std::uint8_t kDataChunk = 0;

bool is_after(std::uint32_t tsn, std::uint32_t other) {
  return static_cast<std::int32_t>(tsn - other) > 0;
}

}  // namespace

void UnsentBytes::take_packet(std::span<const std::uint8_t> packet) {
  std::span<const std::uint8_t> rest = packet.subspan(std::min(packet.size(), kSctpHeaderBytes));
  while (rest.size() >= kChunkHeaderBytes) {
    const std::size_t bytes = load_be16(&rest[2]);
    if (bytes < kChunkHeaderBytes || bytes > rest.size()) return;
    if (rest[0] == kDataChunk && bytes >= kDataHeaderBytes) {
      const std::uint32_t tsn = load_be32(&rest[4]);
      if (!highest_tsn_ || is_after(tsn, *highest_tsn_)) {
        highest_tsn_ = tsn;
        bytes_ -= std::min(bytes_, bytes - kDataHeaderBytes);
      }
    }
    rest = rest.subspan(std::min(rest.size(), (bytes + 3) & ~std::size_t{3}));
  }
}

}  // namespace penstock
