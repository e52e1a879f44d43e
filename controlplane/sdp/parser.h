// Reads a session description (RFC 8866) as it comes from a peer. Pure function of its input, any
// control thread. Time is linear in the size of the text and bounded by limits.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// Lines may end in CRLF or LF. Attributes that session_description.h does not name are ignored, and
// so are a=rtpmap, a=fmtp and a=rtcp-fb lines for payload types that the m= line does not list.
// A session-level direction is copied into the media descriptions that have none.
//
// The description is refused as a whole, with a text that starts with the line's number, if a line
// that we understand is malformed, a mid or a payload type of one m= line appears twice, or a limit
// is exceeded. Descriptions that parse can be written again: parse(write(x)) == x.
std::expected<SessionDescription, std::string> parse_session_description(std::string_view text);

}  // namespace penstock::sdp
