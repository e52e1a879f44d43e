// What we negotiate per kind of media, in one place: RTCP feedback, and which header extensions we
// take from a publisher. NACK is taken of publishers with or without RTX, and offered to
// subscribers together with RTX only (subscriber_negotiation.h). Internal to negotiation.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "controlplane/sdp/fixed_ids.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

inline constexpr std::string_view kTransportCcFeedback = "transport-cc";
inline constexpr std::string_view kRembFeedback = "goog-remb";
inline constexpr std::string_view kNackFeedback = "nack";
inline constexpr std::string_view kRtxName = "rtx";
inline constexpr std::string_view kRedName = "red";  // RFC 2198

// The feedback messages (RFC 4585, RFC 5104) that we send to publishers and understand from
// subscribers. To publishers transport-cc is subject to the room's transport_cc.
inline constexpr std::string_view kAudioFeedback[] = {kTransportCcFeedback};
inline constexpr std::string_view kVideoFeedback[] = {"nack pli", "ccm fir", kRembFeedback,
                                                      kTransportCcFeedback};

constexpr std::span<const std::string_view> feedback_of(MediaKind kind) {
  if (kind == MediaKind::kAudio) return kAudioFeedback;
  return kVideoFeedback;
}

constexpr bool allowed_on(const FixedHeaderExtension& extension, MediaKind kind) {
  return kind == MediaKind::kAudio ? extension.audio : extension.video;
}

constexpr std::string_view media_name(MediaKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"audio", "video", "application"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace penstock::sdp
