// MESSAGE-INTEGRITY with short-term credentials (RFC 8489 sections 9.1 and 14.5). Stateless; any
// thread.
#pragma once

#include <string_view>

#include "dataplane/stun/message.h"

namespace penstock::stun {

// True if the message has a MESSAGE-INTEGRITY made with this password (an ICE pwd, which SASLprep
// leaves unchanged). Compares in constant time.
bool verify_integrity(const MessageView& message, std::string_view password);

}  // namespace penstock::stun
