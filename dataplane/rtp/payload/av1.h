// AV1 payloads (RTP Payload Format For AV1, section 4): the aggregation header and the headers of
// the OBUs that begin in the packet. Stateless; called by workers through describe_payload().
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {

// Empty if an OBU element reaches past the end, or if the aggregation header contradicts itself. A
// keyframe starts where the N bit announces a new coded video sequence, or a sequence header is.
std::optional<PayloadInfo> describe_av1(std::span<const std::uint8_t> payload, bool marker);

// The sequence header that begins in the packet, behind its OBU header; empty if there is none.
std::span<const std::uint8_t> find_av1_sequence_header(std::span<const std::uint8_t> payload);

}  // namespace penstock
