// The VP9 payload descriptor (RFC 9628 section 4.2), flexible and non-flexible mode, with the
// scalability structure skipped. Stateless; called by workers through describe_payload().
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {

// Empty if the payload ends within the descriptor or has nothing after it.
std::optional<PayloadInfo> describe_vp9(std::span<const std::uint8_t> payload, bool marker);

}  // namespace penstock
