// Why an m-line is refused, in words for the peer's developer. Internal to negotiation; pure
// functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/sdp/session_description.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// "m-line 1 (mid video): " and what there is to say of it.
std::string about_media(std::size_t mindex, std::string_view mid, std::string_view what);

// That none of these codecs is usable as it is offered, or offered at all.
std::string no_codec_reason(const MediaDescription& offered, std::span<const Codec> wanted);

}  // namespace penstock::sdp
