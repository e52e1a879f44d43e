// RTCP BYE (RFC 3550 section 6.6).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

struct Bye {
  StaticVector<std::uint32_t, kRtcpItemsMax> ssrcs;
  std::string_view reason;  // borrows the packet; often empty
};

// Empty unless `packet` is a BYE with all the SSRCs it announces and a reason that fits.
std::optional<Bye> parse_bye(const RtcpPacket& packet);

// Appends a BYE without reason for at most 31 SSRCs; false, and nothing written, if it does not
// fit.
bool write_bye(ByteWriter& writer, std::span<const std::uint32_t> ssrcs);

}  // namespace penstock
