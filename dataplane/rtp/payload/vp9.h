// The VP9 payload descriptor (RFC 9628 section 4.2), flexible and non-flexible mode, with the
// scalability structure skipped. Stateless; called by workers through describe_payload().
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/picture_size.h"
#include "dataplane/rtp/payload/rewritten_descriptor.h"

namespace penstock {

// Empty if the payload ends within the descriptor or has nothing after it.
std::optional<PayloadInfo> describe_vp9(std::span<const std::uint8_t> payload, bool marker);

// The size of the largest spatial layer, if the packet has a scalability structure that says it.
std::optional<PictureSize> vp9_largest_layer(std::span<const std::uint8_t> payload);

// The beginning of the payload's descriptor with these numbers, the picture id in 15 bits. Only of
// payloads that have a picture id.
RewrittenDescriptor rewrite_vp9_descriptor(std::span<const std::uint8_t> payload,
                                           const PictureNames& names);

}  // namespace penstock
