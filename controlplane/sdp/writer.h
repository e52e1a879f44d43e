// Writes a session description (RFC 8866). Pure function, any control thread.
#pragma once

#include <string>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// The description as text with CRLF line ends, in the line order of RFC 9429 section 5.2.1 as far
// as RFC 8866 demands one. Connection data is always "IN IP4 0.0.0.0": addresses are in candidates.
std::string write_session_description(const SessionDescription& description);

}  // namespace penstock::sdp
