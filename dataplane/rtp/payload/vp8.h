// The VP8 payload descriptor and the first byte of the VP8 payload header (RFC 7741 sections 4.2
// and 4.3). Stateless; called by workers through describe_payload().
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {

// Empty if the payload ends within the descriptor or has nothing after it.
std::optional<PayloadInfo> describe_vp8(std::span<const std::uint8_t> payload, bool marker);

}  // namespace penstock
