// The RTP streams that an m-line offers to send: SSRCs and simulcast rids. Internal to negotiation;
// pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// The media SSRCs of an m-line, in order: without those that repair others (RFC 4588 section 8.8,
// RFC 5956 section 4).
std::vector<std::uint32_t> media_ssrcs(const MediaDescription& offered);

// The rids that the m-line offers to send as simulcast (RFC 8853), in order of preference, as far
// as RTP packets can carry them.
std::vector<std::string> offered_rids(const MediaDescription& offered);

// The rid to take when only one is taken: the first, or the last if the publisher lists the lowest
// quality first. Leaves out those that start paused or cannot be sent with the payload type. Empty
// if there is none.
std::string best_rid(const MediaDescription& offered, std::uint8_t payload_type, bool low_first);

}  // namespace penstock::sdp
