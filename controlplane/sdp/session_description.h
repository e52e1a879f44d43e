// A session description (RFC 8866) as values: the session level and its media descriptions, with
// the attributes that WebRTC endpoints negotiate (RFC 9429). Everything else in a description is
// ignored by the parser and therefore not kept. Plain values without pointers: copy, store and
// compare them freely. Control threads only.
//
// Texts are kept as they were sent, without validation beyond what parser.h states; they never
// contain CR, LF or NUL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::sdp {

// RFC 8866 section 6.7, from the describing side's point of view.
enum class Direction : std::uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };
constexpr bool sends(Direction direction) {
  return direction == Direction::kSendRecv || direction == Direction::kSendOnly;
}
constexpr bool receives(Direction direction) {
  return direction == Direction::kSendRecv || direction == Direction::kRecvOnly;
}

// a=setup (RFC 4145 section 4, RFC 8842 section 5).
enum class Setup : std::uint8_t { kActpass, kActive, kPassive, kHoldconn };

// a=fingerprint (RFC 8122 section 5).
struct Fingerprint {
  std::string hash_function;  // lower case, e.g. "sha-256"
  std::string value;          // upper-case hexadecimal pairs separated by colons
  bool operator==(const Fingerprint&) const = default;
};

// o= (RFC 8866 section 5.2).
struct Origin {
  std::string username = "-";
  std::uint64_t session_id = 0;
  std::uint64_t session_version = 0;
  std::string address = "0.0.0.0";  // IPv6 when it contains a colon
  bool operator==(const Origin&) const = default;
};

// What identifies the ICE and DTLS peer. May stand at the session level (a default for every media
// description, RFC 8839 section 5.4 and RFC 8122 section 5), at the media level, or both.
struct TransportAttributes {
  std::string ice_ufrag;
  std::string ice_pwd;
  std::vector<std::string> ice_options;  // RFC 8839 section 5.6
  std::vector<Fingerprint> fingerprints;
  std::optional<Setup> setup;
  bool operator==(const TransportAttributes&) const = default;
};

// a=rtpmap (RFC 8866 section 6.6).
struct RtpMap {
  std::string encoding_name;  // as sent; compare without regard to case
  std::uint32_t clock_hz = 0;
  std::uint32_t channels = 1;
  bool operator==(const RtpMap&) const = default;
};

// One RTP payload type of a media description, in the order of the m= line.
struct PayloadFormat {
  std::uint8_t payload_type = 0;
  std::optional<RtpMap> rtpmap;
  std::string fmtp;                   // format-specific parameters: "a=1;b=2"
  std::vector<std::string> rtcp_fbs;  // RFC 4585 section 4.2: "nack pli"
  bool operator==(const PayloadFormat&) const = default;
};

// a=extmap (RFC 8285 section 5). Extension attributes after the URI are not kept.
struct Extmap {
  std::uint16_t id = 0;
  std::optional<Direction> direction;
  std::string uri;
  bool operator==(const Extmap&) const = default;
};

// a=msid (RFC 8830): "-" or empty stream id means none.
struct Msid {
  std::string stream_id;
  std::string track_id;  // may be empty
  bool operator==(const Msid&) const = default;
};

// a=ssrc (RFC 5576 section 4.1), the lines of one SSRC together. Only cname and msid are kept, and
// an SSRC with neither is ignored.
struct SsrcAttributes {
  std::uint32_t ssrc = 0;
  std::string cname;
  std::string msid;  // "stream track"
  bool operator==(const SsrcAttributes&) const = default;
};

// a=ssrc-group (RFC 5576 section 4.2).
struct SsrcGroup {
  std::string semantics;  // "FID", "SIM", ...
  std::vector<std::uint32_t> ssrcs;
  bool operator==(const SsrcGroup&) const = default;
};

// a=rid (RFC 8851).
struct Rid {
  std::string id;
  Direction direction = Direction::kSendOnly;  // kSendOnly ("send") or kRecvOnly ("recv")
  std::string restrictions;                    // "pt=96;max-width=1280", may be empty
  bool operator==(const Rid&) const = default;
};

// One rid in a=simulcast; "~" before it means that it starts paused (RFC 8853 section 5.1).
struct SimulcastRid {
  std::string id;
  bool paused = false;
  bool operator==(const SimulcastRid&) const = default;
};

// a=simulcast: streams in order of preference, each a list of alternative formats.
struct Simulcast {
  std::vector<std::vector<SimulcastRid>> send;
  std::vector<std::vector<SimulcastRid>> recv;
  bool operator==(const Simulcast&) const = default;
};

// b= (RFC 8866 section 5.8).
struct Bandwidth {
  std::string type;  // "AS", "TIAS", ...
  std::uint64_t value = 0;
  bool operator==(const Bandwidth&) const = default;
};

// One m= section.
struct MediaDescription {
  std::string kind;  // "audio", "video", "application" or whatever was sent
  std::uint16_t port = 9;
  std::string protocol;                 // e.g. "UDP/TLS/RTP/SAVPF"
  std::vector<PayloadFormat> payloads;  // when is_rtp(): the formats of the m= line
  std::vector<std::string> formats;     // otherwise: the same as text

  std::string mid;  // RFC 5888; empty if none
  Direction direction = Direction::kSendRecv;
  TransportAttributes transport;
  std::vector<Extmap> extmaps;
  bool extmap_allow_mixed = false;
  bool bundle_only = false;  // RFC 9143 section 6: port 0 does not mean rejected
  bool rtcp_mux = false;     // RFC 5761
  bool rtcp_mux_only = false;
  bool rtcp_rsize = false;  // RFC 5506
  // a=rtcp-xr (RFC 3611 section 5.1): rcvr-rtt=all, whatever its size limit
  bool rtcp_reference_times = false;
  std::vector<std::string> rtcp_fbs_of_all;  // a=rtcp-fb:* (RFC 4585 section 4.2)
  std::vector<Msid> msids;
  std::vector<SsrcAttributes> ssrcs;
  std::vector<SsrcGroup> ssrc_groups;
  std::vector<Rid> rids;
  std::optional<Simulcast> simulcast;
  std::vector<std::string> candidates;  // attribute values without "candidate:" (RFC 8839)
  bool end_of_candidates = false;
  std::vector<Bandwidth> bandwidths;
  std::optional<std::uint16_t> sctp_port;          // RFC 8841 section 5
  std::optional<std::uint64_t> max_message_bytes;  // a=max-message-size, RFC 8841 section 6

  // Whether the formats of the m= line are RTP payload types.
  bool is_rtp() const { return protocol.find("RTP/") != std::string::npos; }
  // The format with this payload type, or null.
  const PayloadFormat* find_payload(std::uint8_t payload_type) const {
    for (const PayloadFormat& payload : payloads) {
      if (payload.payload_type == payload_type) return &payload;
    }
    return nullptr;
  }
  bool operator==(const MediaDescription&) const = default;
};

struct SessionDescription {
  Origin origin;
  std::string name = "-";  // s=
  bool ice_lite = false;   // RFC 8839 section 5.3
  bool extmap_allow_mixed = false;
  std::string msid_semantic;  // value of a=msid-semantic, empty if absent
  // The mids of each a=group:BUNDLE line (RFC 9143). WebRTC uses one.
  std::vector<std::vector<std::string>> bundle_groups;
  TransportAttributes transport;  // defaults for the media descriptions
  std::vector<MediaDescription> media;
  bool operator==(const SessionDescription&) const = default;
};

}  // namespace penstock::sdp
