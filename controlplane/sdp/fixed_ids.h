// The numbers that our own offers (to subscribers) use, in one place: payload types of codecs and
// ids and URIs of header extensions. They are those of the Janus VideoRoom, on which clients may
// rely. Constants; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "controlplane/sdp/tokens.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

struct FixedHeaderExtension {
  HeaderExtension extension;
  std::string_view uri;
  std::uint8_t id;              // our id for it, unique
  bool audio;                   // may stand in an audio m-line
  bool video;                   // may stand in a video m-line
  bool offered_to_subscribers;  // part of our offers when the caller enables it
};

// In the order of HeaderExtension. Ids stay within 1..14, the one-byte form (RFC 8285 section 4.2).
inline constexpr std::array<FixedHeaderExtension, kHeaderExtensionCount> kFixedHeaderExtensions = {{
    {HeaderExtension::kMid, "urn:ietf:params:rtp-hdrext:sdes:mid", 4, true, true, true},
    {HeaderExtension::kRid, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 5, true, true, false},
    {HeaderExtension::kRepairedRid, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", 6,
     true, true, false},
    {HeaderExtension::kAudioLevel, "urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1, true, false,
     true},
    {HeaderExtension::kTransportCc,
     "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3, true, true,
     true},
    {HeaderExtension::kAbsSendTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 2,
     true, true, true},
    {HeaderExtension::kVideoOrientation, "urn:3gpp:video-orientation", 13, false, true, true},
    {HeaderExtension::kPlayoutDelay, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
     12, false, true, true},
    {HeaderExtension::kDependencyDescriptor,
     "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", 11,
     false, true, true},
    {HeaderExtension::kAbsCaptureTime,
     "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", 7, true, true, true},
    {HeaderExtension::kVideoLayersAllocation,
     "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", 8, false, true,
     false},
}};

constexpr const FixedHeaderExtension& fixed_header_extension(HeaderExtension extension) {
  return kFixedHeaderExtensions[static_cast<std::size_t>(extension)];
}

// The extension with this URI, if we know it.
constexpr std::optional<HeaderExtension> header_extension_of(std::string_view uri) {
  for (const FixedHeaderExtension& fixed : kFixedHeaderExtensions) {
    if (equals_ignoring_case(fixed.uri, uri)) return fixed.extension;
  }
  return std::nullopt;
}

// The payload type of a codec's first configuration in an offer of ours. Further configurations
// (another VP9 profile, say) get numbers from kSparePayloadTypes: within one BUNDLE group a payload
// type means one codec configuration (RFC 9143 section 9.1).
constexpr std::uint8_t fixed_payload_type(Codec codec) {
  switch (codec) {
    case Codec::kOpus:
      return 111;
    case Codec::kVp8:
      return 96;
    case Codec::kVp9:
      return 101;
    case Codec::kH264:
      return 107;
    case Codec::kAv1:
      return 98;
  }
  return 0;
}

// Of RED (RFC 2198) whose blocks have a codec's fixed payload type; of others kSparePayloadTypes.
inline constexpr std::uint8_t kRedPayloadType = 120;

// Payload types that no fixed codec, no RED and no RTX of a fixed codec (fixed number + 1) uses.
inline constexpr std::array<std::uint8_t, 32> kSparePayloadTypes = {
    103, 104, 105, 106, 109, 110, 113, 114, 115, 116, 117, 118, 119, 121, 122, 123,
    124, 125, 126, 127, 35,  36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46};

}  // namespace penstock::sdp
