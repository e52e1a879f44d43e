// M-lines that are refused: how they are answered, and why, in words for the peer's developer.
// Internal to negotiation; pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/sdp/session_description.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// How an m-line is answered that we do not take: port 0 and one of its formats, as RFC 3264 section
// 6 asks.
MediaDescription rejected_media(const MediaDescription& offered);

// "m-line 1 (mid video): " and what there is to say of it.
std::string about_media(std::size_t mindex, std::string_view mid, std::string_view what);

// That none of these codecs is usable as it is offered, or offered at all.
std::string no_codec_reason(const MediaDescription& offered, std::span<const Codec> wanted);

}  // namespace penstock::sdp
