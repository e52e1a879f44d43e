// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03), an application layer
// feedback message of PSFB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

inline constexpr std::size_t kRembSsrcsMax = 255;  // what its count can say

struct Remb {
  std::uint32_t sender_ssrc = 0;
  std::uint64_t bitrate_bps = 0;
  StaticVector<std::uint32_t, kRembSsrcsMax> ssrcs;  // the streams it applies to
};

// Empty unless `packet` is a REMB with all the SSRCs it announces and a bitrate below 2^64.
std::optional<Remb> parse_remb(const RtcpPacket& packet);

// Appends the packet; false, and nothing written, if it does not fit. The bitrate is rounded down
// to the 18 significant bits of the format.
bool write_remb(ByteWriter& writer, const Remb& remb);

}  // namespace penstock
