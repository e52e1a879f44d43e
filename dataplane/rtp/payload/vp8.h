// The VP8 payload descriptor and the first byte of the VP8 payload header (RFC 7741 sections 4.2
// and 4.3). Stateless; called by workers through describe_payload().
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/rewritten_descriptor.h"

namespace penstock {

// Empty if the payload ends within the descriptor or has nothing after it.
std::optional<PayloadInfo> describe_vp8(std::span<const std::uint8_t> payload, bool marker);

// The payload's descriptor with these numbers, where it has such, the picture id in 15 bits. Only
// of payloads that have a picture id.
RewrittenDescriptor rewrite_vp8_descriptor(std::span<const std::uint8_t> payload,
                                           const PictureNames& names);

}  // namespace penstock
