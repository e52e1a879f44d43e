// Reads a session description (RFC 8866) as it comes from a peer. Pure function of its input, any
// control thread. Time is linear in the size of the text and bounded by limits.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "controlplane/sdp/session_description.h"
#include "controlplane/sdp/warnings.h"

namespace penstock::sdp {

// Values are parsed, not compared: lines may end in CRLF or LF, blanks may stand around every name
// and value, and letter case counts only where a RFC gives it a meaning (mids, ICE credentials,
// ids). Lines and attributes that session_description.h does not name are ignored, and so are
// a=rtpmap, a=fmtp and a=rtcp-fb lines for payload types that the m= line does not list. A
// session-level direction is copied into the media descriptions that have none.
//
// A malformed line, or one beyond a limit of its m= section, is left out: with a warning if
// negotiation would have used it. The description is refused as a whole, with a text that starts
// with the line's number, if it cannot be answered without the line: v=, m=, a=mid, a=group, and
// what identifies the peer (ICE credentials, fingerprints, setup); if two m= lines have the same
// mid; or if it is too long. Descriptions that parse can be written again: parse(write(x)) == x.
std::expected<SessionDescription, std::string> parse_session_description(
    std::string_view text, Warnings* warnings = nullptr);

}  // namespace penstock::sdp
