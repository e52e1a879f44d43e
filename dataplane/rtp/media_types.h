// The vocabulary that SDP, the seam and the forwarding code share: kinds of media, codecs, header
// extensions, and the SRTP protection profiles with their keys. Plain values; no behaviour.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "dataplane/base/limits.h"

namespace penstock {

// Of an m-line. Data channels are the control plane's alone.
enum class MediaKind : std::uint8_t { kAudio, kVideo, kData };

enum class Codec : std::uint8_t { kOpus, kVp8, kVp9, kH264, kAv1 };

// Upper-case encoding name as in a=rtpmap (RFC 8866 section 6.6), "opus" being lower case there.
constexpr std::string_view codec_name(Codec codec) {
  constexpr std::array<std::string_view, 5> kNames = {"opus", "VP8", "VP9", "H264", "AV1"};
  return kNames[static_cast<std::size_t>(codec)];
}
constexpr MediaKind codec_kind(Codec codec) {
  return codec == Codec::kOpus ? MediaKind::kAudio : MediaKind::kVideo;
}
constexpr std::uint32_t codec_clock_hz(Codec codec) {
  return codec == Codec::kOpus ? 48'000 : 90'000;
}

// RTP header extensions (RFC 8285) that we negotiate.
enum class HeaderExtension : std::uint8_t {
  kMid,                   // urn:ietf:params:rtp-hdrext:sdes:mid (RFC 9143)
  kRid,                   // urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id (RFC 8852)
  kRepairedRid,           // urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id (RFC 8852)
  kAudioLevel,            // urn:ietf:params:rtp-hdrext:ssrc-audio-level (RFC 6464)
  kTransportCc,           // draft-holmer-rmcat-transport-wide-cc-extensions-01
  kAbsSendTime,           // http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
  kVideoOrientation,      // urn:3gpp:video-orientation
  kPlayoutDelay,          // http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
  kDependencyDescriptor,  // AV1 RTP specification, appendix A
  kAbsCaptureTime,        // http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
  // http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
  kVideoLayersAllocation,
};
inline constexpr std::size_t kHeaderExtensionCount = 11;

// Which id each extension has on one connection; 0 = not negotiated. One map per BUNDLE group:
// Chromium refuses an offer in which a URI has two ids in one group.
struct ExtensionMap {
  std::array<std::uint8_t, kHeaderExtensionCount> ids{};

  std::uint8_t id(HeaderExtension extension) const {
    return ids[static_cast<std::size_t>(extension)];
  }
  void set(HeaderExtension extension, std::uint8_t id) {
    ids[static_cast<std::size_t>(extension)] = id;
  }
  bool operator==(const ExtensionMap&) const = default;
};

// A media identification tag (RFC 5888) or RtpStreamId, as a value that fits in commands.
struct Mid {
  std::array<char, kMidBytesMax> text{};
  std::uint8_t size = 0;

  static Mid from(std::string_view from) {
    Mid mid;
    mid.size = static_cast<std::uint8_t>(from.size() < kMidBytesMax ? from.size() : kMidBytesMax);
    std::memcpy(mid.text.data(), from.data(), mid.size);
    return mid;
  }
  std::string_view view() const { return {text.data(), size}; }
  bool operator==(const Mid& other) const { return view() == other.view(); }
};

// SRTP protection profiles: those we accept from DTLS (RFC 5764, RFC 7714), in our order of
// preference, then those that only plain transports have: a short tag (RFC 4568), and none at all,
// with which packets go as they are.
enum class SrtpProfile : std::uint8_t {
  kAeadAes128Gcm,
  kAeadAes256Gcm,
  kAes128CmSha1_80,
  kAes128CmSha1_32,
  kNone,
};
inline constexpr std::size_t kSrtpProfileCount = 5;

constexpr std::string_view to_string(SrtpProfile profile) {
  constexpr std::array<std::string_view, kSrtpProfileCount> kNames = {
      "AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "AES128_CM_HMAC_SHA1_80", "AES128_CM_HMAC_SHA1_32",
      "none"};
  return kNames[static_cast<std::size_t>(profile)];
}
constexpr bool is_gcm(SrtpProfile profile) { return profile <= SrtpProfile::kAeadAes256Gcm; }
constexpr bool is_cm(SrtpProfile profile) {
  return profile == SrtpProfile::kAes128CmSha1_80 || profile == SrtpProfile::kAes128CmSha1_32;
}
constexpr std::size_t srtp_master_key_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes256Gcm ? 32 : 16;
}
constexpr std::size_t srtp_master_salt_bytes(SrtpProfile profile) {
  return is_cm(profile) ? 14 : 12;
}
// Of a packet of RTP.
constexpr std::size_t srtp_tag_bytes(SrtpProfile profile) {
  constexpr std::array<std::uint8_t, kSrtpProfileCount> kBytes = {16, 16, 10, 4, 0};
  return kBytes[static_cast<std::size_t>(profile)];
}
// Of one of RTCP, which never has the short one (RFC 4568 section 6.2).
constexpr std::size_t srtcp_tag_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::kAes128CmSha1_32 ? 10 : srtp_tag_bytes(profile);
}

// Master key and salt of one direction of one transport; unused bytes at the end are zero.
struct SrtpMasterKey {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 14> salt{};
};

// What a finished DTLS handshake yields (RFC 5764 section 4.2).
struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SrtpMasterKey send{};     // what we protect with
  SrtpMasterKey receive{};  // what the peer protects with
};

}  // namespace penstock
