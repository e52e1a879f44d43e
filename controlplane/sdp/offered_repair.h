// What an m-line offers for the repair of losses: feedback, retransmission (RTX, RFC 4588 section
// 8), and redundancy (RED, RFC 2198). Internal to negotiation; pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// Whether the m-line offers this RTCP feedback ("nack", "nack pli", ...) for the payload type.
bool offers_feedback(const MediaDescription& offered, std::uint8_t payload_type,
                     std::string_view feedback);

// The format in which packets of the payload type are sent again, or null.
const PayloadFormat* offered_rtx(const MediaDescription& offered, std::uint8_t payload_type);

// The format of RED whose blocks are of this payload type and no other (RFC 2198 section 5), or
// null.
const PayloadFormat* offered_red(const MediaDescription& offered, std::uint8_t payload_type);

// The SSRCs of media that have one for RTX: (media, RTX), as a=ssrc-group:FID has them.
std::vector<std::pair<std::uint32_t, std::uint32_t>> repaired_ssrcs(
    const MediaDescription& offered);

}  // namespace penstock::sdp
