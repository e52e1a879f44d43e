// RTCP source description (RFC 3550 section 6.5). Only the CNAME item is of use to WebRTC (RFC 8834
// section 4.1); the others are skipped.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

struct SdesChunk {
  std::uint32_t ssrc = 0;
  std::string_view cname;  // borrows the packet; empty if the chunk has none
};

using SdesChunks = StaticVector<SdesChunk, kRtcpItemsMax>;

// Empty unless `packet` is an SDES whose chunks are all well formed.
std::optional<SdesChunks> parse_sdes(const RtcpPacket& packet);

// Appends an SDES with one chunk and its CNAME of at most 255 bytes (the rest is cut off); false,
// and nothing written, if it does not fit.
bool write_sdes_cname(ByteWriter& writer, std::uint32_t ssrc, std::string_view cname);

}  // namespace penstock
