// Answers a publisher's offer: which of its m-lines we receive, with which codec, payload type and
// header extensions (RFC 3264, 9143, 9429; the rules are those of the Janus VideoRoom). Pure
// functions; any control thread. The room stores the PublisherNegotiation with the publisher and
// gives it back when the publisher renegotiates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/sdp/data_media.h"
#include "controlplane/sdp/negotiation.h"
#include "controlplane/sdp/session_description.h"
#include "dataplane/base/limits.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// One m-line of the offer: audio, video or data channels, of which one is taken. Other kinds of
// m-lines are answered with port 0 and have no entry.
struct NegotiatedStream {
  std::size_t mindex = 0;  // index of the m-line
  std::string mid;         // as offered; the index as text if the offer has none
  MediaKind kind = MediaKind::kAudio;
  // We take the m-line, inactive or not; if we do not, only mindex, mid and kind mean something.
  bool accepted = false;
  bool active = false;  // it is accepted, and the publisher sends
  DataMedia data;       // of data channels; the rest is of audio and video

  Codec codec = Codec::kOpus;
  std::uint8_t payload_type = 0;  // as offered
  std::string fmtp;               // canonical: for offers to subscribers
  bool opus_stereo = false;
  bool opus_fec = false;
  bool opus_dtx = false;
  std::string h264_profile;  // profile-level-id, lower case, for H264
  std::string vp9_profile;   // profile-id, for VP9

  bool nack = false;                  // it sends again what it is asked for,
  std::uint8_t rtx_payload_type = 0;  // with this payload type; 0: as it was
  std::uint8_t red_payload_type = 0;  // of what it sends as RED; 0: nothing
  bool remb = false;                  // it sends no more than REMB says (goog-remb)
  // Media SSRCs with those of their RTX as offered, if any.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> repaired_ssrcs;

  // Media SSRCs of the m-line's track as offered (no RTX or FEC), if any; of other tracks in the
  // same m-line all.
  std::vector<std::uint32_t> ssrcs;
  std::vector<std::uint32_t> other_ssrcs;
  std::vector<std::string> rids;           // all simulcast rids as offered, in order, if any
  std::vector<std::string> accepted_rids;  // those we asked for; empty without simulcast
  bool operator==(const NegotiatedStream&) const = default;
};

// The outcome of one exchange.
struct PublisherNegotiation {
  SessionDescription answer;
  std::vector<NegotiatedStream> streams;
  ExtensionMap extensions;  // ids as offered, for the whole BUNDLE group
  RemoteTransport remote;
  DtlsRole dtls_role = DtlsRole::kServer;  // ours
  bool rtcp_rsize = true;                  // in all accepted m-lines
  bool rtcp_reference_times = true;        // likewise
  // What was refused and why, for the publisher's developer: "m-line 1 (mid 1): no codec of this
  // room: offers VP9, H264; room takes VP8". At most kWarningsMax, and how many more.
  std::vector<std::string> warnings;
};

// What the room and the request allow.
struct PublisherPolicy {
  std::vector<Codec> audio_codecs = {Codec::kOpus};  // in the room's order of preference
  std::vector<Codec> video_codecs = {Codec::kVp8};
  std::optional<Codec> forced_audio_codec;  // from the request; replaces the list
  std::optional<Codec> forced_video_codec;
  std::size_t streams_max = kStreamsPerTransport;  // those beyond are refused in the answer
  std::string h264_profile;  // profile-level-id wanted; empty = constrained baseline preferred
  std::string vp9_profile;   // profile-id wanted; empty = profile 0 preferred
  bool opus_fec = true;
  bool opus_dtx = false;
  bool opus_red = false;    // RED is asked for where it is offered
  bool audio_level = true;  // header extensions the room enables
  bool video_orientation = true;
  bool playout_delay = true;
  bool transport_cc = true;
  // What all video of the publisher may take together; 0: any. Here it is for m-lines without
  // goog-remb: each is answered with it as b=.
  std::uint64_t bitrate_bps = 0;
  std::optional<PublisherNegotiation> previous;  // set when the publisher renegotiates
};

// Answers `offer`. The answer has the m-lines of the offer in their order. An m-line is accepted if
// it is audio or video, UDP/TLS/RTP/SAVPF or TCP/DTLS/RTP/SAVPF, has rtcp-mux, is in the first
// BUNDLE group (or is the first acceptable one when there is none) and offers a codec that the
// policy allows, or if it is the first one of data channels and in that group; all others get port
// 0, and a warning unless the offer had port 0 itself. Accepted
// m-lines are recvonly, or inactive when the publisher does not send. `local` must have the same
// ufrag and pwd as before unless is_ice_restart().
//
// When `policy.previous` is set, an m-line keeps its codec as long as it is offered, and our DTLS
// role stays while the peer's fingerprints do.
std::expected<PublisherNegotiation, NegotiationError> answer_publisher_offer(
    const SessionDescription& offer, const PublisherPolicy& policy,
    const LocalTransportParameters& local);

// Whether the offer changes the ICE credentials (RFC 8839 section 4.4.1.1.1), that is, no m-line
// has the previous ones any more: our answer then needs new ones too.
bool is_ice_restart(const SessionDescription& offer, const RemoteTransport& previous);

}  // namespace penstock::sdp
