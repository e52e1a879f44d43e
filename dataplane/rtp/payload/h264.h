// H.264 payloads (RFC 6184 section 5): single NAL unit, STAP-A and FU-A, which are all that
// packetization modes 0 and 1 have. Stateless; called by workers through describe_payload().
//
// The format has no frame-start bit: a frame starts where an access unit delimiter, an SPS, or a
// slice with first_mb_in_slice = 0 does, so that the packets of SPS and IDR that are sent apart
// both say so. A keyframe starts at an SPS or at the first slice of an IDR picture.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {

// Empty for other NAL unit types, and if an aggregated unit reaches past the end.
std::optional<PayloadInfo> describe_h264(std::span<const std::uint8_t> payload, bool marker);

// The sequence parameter set that is in the packet whole, behind its header byte; empty if there is
// none.
std::span<const std::uint8_t> find_h264_sps(std::span<const std::uint8_t> payload);

}  // namespace penstock
