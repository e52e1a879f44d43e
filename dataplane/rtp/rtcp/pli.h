// Picture loss indication (RFC 4585 section 6.3.1): the receiver needs a keyframe.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

struct Pli {
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
};

// Empty unless `packet` is a PLI.
std::optional<Pli> parse_pli(const RtcpPacket& packet);

// Appends the packet; false, and nothing written, if it does not fit.
bool write_pli(ByteWriter& writer, const Pli& pli);

}  // namespace penstock
