// Media as signalling sees it: peer connections that publish or subscribe, described by SDP going
// in and out. Behind it are ICE, DTLS, SDP negotiation and the data plane; in front of it are the
// APIs (Janus, WHIP and WHEP), which know rooms and JSON but no packets. Implemented by
// controlplane/media/peer_connections; API tests use a fake.
//
// Called on the control thread; returns at once. A peer is named by a number the API chooses (a
// Janus handle id), so that nobody holds a pointer to anybody.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/datachannel/data_source.h"
#include "controlplane/recording/recording_description.h"
#include "dataplane/api/handles.h"
#include "dataplane/api/layer.h"
#include "dataplane/api/playout_delay.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/api/stream_config.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

class OwnershipWalk;  // dataplane/pool/ownership_walk.h

using PeerId = std::uint64_t;

enum class MediaErrorKind : std::uint8_t {
  kInvalidSdp,      // does not parse, or breaks a rule: the text says which
  kNoUsableStream,  // nothing in it that we and the room can take
  kWrongState,      // an answer without an offer, an offer on a subscriber, ...
  kCapacity,        // a pool or a limit is full
};

struct MediaError {
  MediaErrorKind kind{};
  std::string text;
};

// What a room allows its publishers.
struct PublishPolicy {
  std::vector<Codec> audio_codecs;  // in the room's order of preference
  std::vector<Codec> video_codecs;
  bool audio_level = true;  // header extensions
  bool video_orientation = true;
  bool playout_delay = true;
  bool transport_cc = true;
  std::string h264_profile;  // of the room; empty: any
  std::string vp9_profile;
  bool opus_fec = true;               // if the publisher offers it, it is asked to send it
  bool opus_dtx = false;              // it is asked to send nothing in silence
  bool opus_red = false;              // likewise to send what it has sent once more (RED, RFC 2198)
  std::uint64_t bitrate_bps = 0;      // as with limit_bitrate
  AudioRule audio;                    // as with set_audio_rule
  bool takes_all_or_nothing = false;  // an m-line of audio or video that is refused refuses all
};

// One m-line of a publisher.
struct PublishedStream {
  std::uint32_t mindex = 0;
  std::string mid;
  MediaKind kind{};
  bool is_active = false;  // false: rejected, or switched off by the publisher
  // As long as the m-line is there, sent or not, from when it was first sent; null before and
  // after.
  StreamHandle handle;
  Codec codec = Codec::kOpus;  // the rest is meaningful while there is a handle
  std::string fmtp;            // as negotiated, to be offered to subscribers
  bool opus_stereo = false;
  bool opus_fec = false;
  bool opus_dtx = false;
  bool opus_red = false;
  std::string h264_profile;
  std::string vp9_profile;
  bool is_simulcast = false;  // several encodings negotiated
  std::size_t encodings = 1;  // so many
  bool has_remb = false;      // limit_bitrate counts for it at once
  ExtensionMap extensions;    // ids in the publisher's bundle

  // It can be subscribed to, and sends now or may later. Data channels have no handle: the peer is
  // their source.
  bool is_live() const { return kind == MediaKind::kData ? is_active : !handle.is_null(); }
};

struct PublishResult {
  std::string answer_sdp;
  std::vector<PublishedStream> streams;  // one per m-line of audio, video or data, in order
  std::vector<std::string> warnings;     // what was refused and why, for the publisher's developer
};

// What a subscriber that has offered is answered.
struct SubscribeResult {
  std::string answer_sdp;
  // Of the m-lines in which the sources are shown, one for each; empty: it is not.
  std::vector<std::string> mids;
  std::vector<std::string> warnings;  // for the subscriber's developer
};

// Our side of ICE, as it is said without a description of everything else (RFC 8840).
struct IceDescription {
  std::string ufrag;
  std::string pwd;
  std::vector<std::string> candidates;  // without "candidate:"
};

// One stream of a peer without a transport.
struct DummyStream {
  Codec codec = Codec::kOpus;
  std::string fmtp;  // as in a=fmtp; empty: what publishers of this codec usually negotiate

  bool operator==(const DummyStream&) const = default;
};

// One m-line of a publisher that is to be recorded, and as what; of data channels, the messages of
// one type.
struct RecordedStream {
  StreamHandle source{};          // null: data channels
  bool has_red = false;           // what comes as RED is recorded so
  bool is_paused = false;         // nothing of it is recorded meanwhile
  ExtensionMap extensions{};      // ids in the publisher's bundle: the recording has the same
  recording::Description file{};  // without extensions and payload types, which media fills in

  // Whether one can go on as the other: the same stream, in the same codec, in the same file.
  bool is_continued_by(const RecordedStream& other) const {
    return source == other.source && has_red == other.has_red && file.kind == other.file.kind &&
           file.codec == other.file.codec && file.fmtp == other.file.fmtp &&
           file.folder == other.file.folder && file.stem == other.file.stem &&
           file.mindex == other.file.mindex && file.is_text == other.file.is_text &&
           file.is_e2ee == other.file.is_e2ee;
  }
};

// How a subscriber wants what it receives; no description says it.
struct StreamWishes {
  Layer limit = kHighestLayer;  // the most, of a source that has layers
  std::uint8_t priority = 0;    // what is first where its way does not carry everything: the higher
  std::optional<PlayoutDelay> playout_delay = std::nullopt;  // none: as the publisher says
  Duration fallback = kFallbackMax;  // without packets of an encoding, before a smaller one goes

  bool operator==(const StreamWishes&) const = default;
};

// One m-line of a subscriber's connection. The list only grows; an m-line that feeds nothing is
// inactive and can be given another source of its kind later.
struct SubscriberMline {
  MediaKind kind{};
  bool is_active = false;
  StreamHandle source;  // the rest is meaningful while active
  Codec codec = Codec::kOpus;
  std::string fmtp;
  bool has_red = false;     // Opus that comes as RED is offered so; else it is plain in any case
  std::string msid_stream;  // a=msid:<stream> <track>
  std::string msid_track;
  bool is_paused = false;
};  // That of data channels, of which there is at most one, is always active: its sources are
    // apart.

// One m-line of a connection, in the direction in which media flows.
struct StreamSnapshot {
  std::string mid;
  MediaKind kind{};
  bool is_sent = false;  // by us; false: by the peer
  RtpReport report;
};

// How a connection does: as of a second or so ago.
struct TransportSnapshot {
  bool is_connected = false;
  Duration round_trip_ns = 0;           // 0: not known (Dataplane::round_trip_of)
  std::uint64_t estimate_bps = 0;       // of the way to the peer; likewise (estimate_of)
  std::vector<StreamSnapshot> streams;  // that flow or have; one for each encoding that comes in
};

// Called with the result when a call has succeeded but for taking effect: whoever asked tells
// everybody of it now. If there is no memory for that, the std::bad_alloc passes through media and
// nothing has changed.
template <typename T>
using BeforeEffect = std::function<void(T& result)>;

// Where media is forwarded to, past any connection: RTP to one address, RTCP to another port of it.
struct ForwardDestination {
  SocketAddress address;
  std::uint16_t rtcp_port = 0;     // where RTCP goes, and keyframes are asked for from; 0: nothing
  std::optional<SrtpKeys> keys{};  // nothing: in clear
};
// One stream of a publisher that is forwarded, and as what.
struct ForwardedStream {
  const PublishedStream* source = nullptr;  // that is live; for the call
  std::uint32_t ssrc = 0;                   // 0: the publisher's, if it is known, or a new one
  std::uint8_t payload_type = 0;            // 0: the publisher's
  PeerId data_source = 0;  // of data channels: the publisher; each message is a datagram
  // Of simulcast this encoding and no other, counted from the smallest; nothing: the largest.
  std::optional<std::uint8_t> substream{};
};
struct Forwarding {
  std::uint16_t local_port = 0;  // of ours: where media comes from, and RTCP is taken
};

// Where a peer's media lives: peers with the same key are put on one worker while they fit.
struct PeerPlacement {
  std::uint64_t room_key = 0;
};

class Media {
 public:
  virtual ~Media() = default;

  // A publisher's offer, first or renegotiated; makes the peer if it does not exist. On error
  // nothing changes: what was up stays up. A stream is matched by its mid and keeps its handle as
  // long as its m-line is there, whatever else changes: direction, codec, SSRC, payload types. With
  // the m-line, or when another kind of media takes its mid, it is destroyed.
  virtual std::expected<PublishResult, MediaError> publish(PeerId peer, PeerPlacement placement,
                                                           std::string_view offer_sdp,
                                                           const PublishPolicy& policy,
                                                           Timestamp now,
                                                           const BeforeEffect<PublishResult>&) = 0;
  auto publish(PeerId peer, PeerPlacement placement, std::string_view offer_sdp,
               const PublishPolicy& policy, Timestamp now) {
    return publish(peer, placement, offer_sdp, policy, now, [](PublishResult&) {});
  }

  // What all video of a publisher may take together; 0: any. Counts at once where the publisher
  // takes notice of REMB (PublishedStream::has_remb); elsewhere an offer's PublishPolicy counts.
  // Unknown, or a peer that does not publish: no-op.
  virtual void limit_bitrate(PeerId peer, std::uint64_t bitrate_bps) = 0;

  // When the audio of a publisher counts as talking, which MediaEvents then say. Unknown, or a peer
  // that does not publish: no-op.
  virtual void set_audio_rule(PeerId peer, const AudioRule& rule) = 0;

  // Makes a peer without a transport: a publisher whose streams can be subscribed and deliver
  // nothing, for ever. Mids are "0", "1", ... in the order of `streams`. Ended by close() like
  // every peer; no event is ever about it. Errors, after which nothing is left: the peer exists
  // (kWrongState), no stream or an fmtp that no publisher could negotiate (kNoUsableStream), too
  // many streams or a full pool (kCapacity).
  virtual std::expected<std::vector<PublishedStream>, MediaError> publish_dummy(
      PeerId peer, PeerPlacement placement, std::span<const DummyStream> streams,
      Timestamp now) = 0;

  // The offer for a subscriber with these m-lines (index = mid). Makes the peer if it does not
  // exist. Media of new m-lines flows once the answer is in; m-lines that became inactive fall
  // silent at once. `restart_ice`: with fresh credentials.
  virtual std::expected<std::string, MediaError> offer(PeerId peer, PeerPlacement placement,
                                                       std::span<const SubscriberMline> mlines,
                                                       bool restart_ice, Timestamp now,
                                                       const BeforeEffect<std::string>&) = 0;
  auto offer(PeerId peer, PeerPlacement placement, std::span<const SubscriberMline> mlines,
             bool restart_ice, Timestamp now) {
    return offer(peer, placement, mlines, restart_ice, now, [](std::string&) {});
  }

  // A subscriber's own offer, for a peer that does not exist yet: each source is shown by the first
  // of its m-lines that is free and can show it. The peer's m-lines are the sources, index by
  // index; those that are not shown are inactive for ever. Media flows as soon as the connection is
  // up; what is shown may change by retarget() only. kNoUsableStream: nothing can be shown.
  virtual std::expected<SubscribeResult, MediaError> subscribe(
      PeerId peer, PeerPlacement placement, std::string_view offer_sdp,
      std::span<const SubscriberMline> sources, Timestamp now,
      const BeforeEffect<SubscribeResult>&) = 0;

  // ICE restart (RFC 8445 section 9) without a description: the peer has these credentials from now
  // on, and we those of the result. Media flows on as it does until the peer nominates a pair with
  // the new ones. On error, and if nothing more comes of it, everything stays as it was.
  virtual std::expected<IceDescription, MediaError> restart_ice(
      PeerId peer, std::string_view remote_ufrag, std::string_view remote_pwd, Timestamp now,
      const BeforeEffect<IceDescription>&) = 0;

  // Lets m-lines show other sources at once, without an offer: `mlines` are all that the subscriber
  // has, as for offer(); those that were never offered are left to the next offer. SSRC, sequence
  // numbers and timestamps go on; video goes on with a keyframe, which is asked for. False, and
  // nothing has changed, if that needs an offer: an m-line would become active or inactive, or get
  // a codec that was not offered for it. `tell` is called in between, as BeforeEffect is. Errors,
  // after which nothing has changed either: kWrongState, kCapacity.
  virtual std::expected<bool, MediaError> retarget(PeerId peer,
                                                   std::span<const SubscriberMline> mlines,
                                                   const std::function<void()>& tell) = 0;

  // The subscriber's answer to the last offer. Warnings for its developer: what was not taken and
  // why.
  virtual std::expected<std::vector<std::string>, MediaError> accept_answer(
      PeerId peer, std::string_view answer_sdp, Timestamp now) = 0;

  // The m-line's source has ended: what was made to receive it goes now, whenever the offer that
  // says so can be made. Needs no memory.
  virtual void stop(PeerId peer, std::uint32_t mindex, Timestamp now) = 0;

  // Pauses or resumes one m-line of a subscriber, or (nullopt) all of them, without renegotiation;
  // or one of the streams that are forwarded to an address, in their order.
  virtual void set_paused(PeerId peer, std::optional<std::uint32_t> mindex, bool is_paused) = 0;

  // Whose data channels a subscriber's m-line of data shows from now on, in full; also before it is
  // answered. Without renegotiation. Not such an m-line: no-op.
  virtual void set_data_sources(PeerId peer, std::uint32_t mindex,
                                std::span<const DataSource> sources, Timestamp now) = 0;

  // How one m-line of a subscriber is to be received. Without renegotiation; for what is not
  // answered yet, too. Unknown: no-op.
  virtual void set_wishes(PeerId peer, std::uint32_t mindex, const StreamWishes& wishes) = 0;
  // The most that a subscriber is sent in all, whatever its way carries; 0: there is no limit.
  // Unknown: no-op.
  virtual void limit_receiver(PeerId peer, std::uint64_t bitrate_bps) = 0;
  // How loud a stream of audio is, and how loud it has to be to be heard (Dataplane::heard_of).
  // Counts for streams with AudioRule::is_gated.
  virtual HeardAudio heard_of(StreamHandle stream) const = 0;
  virtual void set_audio_gate(StreamHandle stream, std::uint8_t loudness) = 0;
  // Counts for streams with AudioRule::is_followed.
  virtual RecentLevels recent_levels_of(StreamHandle stream) const = 0;
  // What comes of a stream of video in which layers.
  virtual LayerReports layers_of(StreamHandle stream) const = 0;

  // What of a publisher is recorded from now on, in full, by a peer that exists for this alone and
  // is made if it does not: what was recorded and is continued by something here goes on in its
  // file, other files end, new ones begin (with a keyframe). Nothing: the same as close(). Errors,
  // after which nothing has changed: kWrongState, nothing is recorded on this server; kCapacity, a
  // pool is full, or the disk nearly so.
  virtual std::expected<void, MediaError> record(PeerId /*recorder*/, PeerId /*publisher*/,
                                                 std::span<const RecordedStream> /*streams*/,
                                                 Timestamp /*now*/) {
    return std::unexpected(
        MediaError{MediaErrorKind::kWrongState, "nothing is recorded on this server"});
  }

  // Makes a peer that is an address: it gets the streams as they are, without ICE and DTLS, until
  // close(). What becomes of a stream meanwhile is followed: another codec goes on with the
  // publisher's payload type, unless another one was wanted. No event is ever about it. Errors,
  // after which nothing is left: the peer exists (kWrongState), there is no address of ours of that
  // family (kNoUsableStream), a full pool or limit (kCapacity). Of data channels, which are
  // forwarded alone, messages go as they are, without keys; those over kControlDatagramBytesMax do
  // not.
  virtual std::expected<Forwarding, MediaError> forward(PeerId peer, PeerPlacement placement,
                                                        const ForwardDestination& to,
                                                        std::span<const ForwardedStream> streams,
                                                        Timestamp now) = 0;

  // Asks the stream's publisher for a keyframe (rate-limited).
  virtual void request_keyframe(StreamHandle stream) = 0;

  // Ends the peer: DTLS close_notify, streams and subscriptions destroyed, silence at once. No
  // event follows. Unknown: no-op.
  virtual void close(PeerId peer, Timestamp now) = 0;

  virtual bool exists(PeerId peer) const = 0;

  // How the peer's connection does. Nothing for an unknown peer or one without a transport. Bounded
  // by its m-lines; asks no worker.
  virtual std::optional<TransportSnapshot> snapshot(PeerId peer) const = 0;

  // Whether a subscriber's m-line is received, paused or not: its last answer did not reject it,
  // and its source has not ended. False for what is not there.
  virtual bool receives(PeerId peer, std::uint32_t mindex) const = 0;

  // Marks everything the peer owns: itself, its transport, streams and subscriptions. Unknown:
  // no-op.
  virtual void walk_peer(OwnershipWalk& walk, PeerId peer) const = 0;
};

// Asks for a keyframe of a stream that is sent and has any.
inline void request_keyframe(Media& media, const PublishedStream& stream) {
  if (stream.is_active && stream.kind == MediaKind::kVideo) media.request_keyframe(stream.handle);
}

// An m-line of which more than a little was lost within about a second.
struct SlowLink {
  std::string_view mid{};
  MediaKind kind{};
  bool is_uplink = false;  // on the way from the peer to us
  std::uint64_t lost = 0;  // packets
};

// What happens to peers by itself; called on the control thread, never from within a call of Media.
class MediaEvents {
 public:
  virtual ~MediaEvents() = default;
  // ICE and DTLS are up (Janus: webrtcup).
  virtual void on_connected(PeerId peer, Timestamp now) = 0;
  // The peer is gone and already closed; `reason` is Janus's hangup text: "ICE failed", "DTLS
  // alert", "DTLS timeout", "DTLS error", "Close PC".
  virtual void on_closed(PeerId peer, std::string_view reason, Timestamp now) = 0;
  // A publisher's m-line starts or stops delivering packets (Janus: media).
  virtual void on_media(PeerId peer, std::string_view mid, MediaKind kind, bool is_receiving,
                        Timestamp now) = 0;
  // What a subscriber's m-line gets of a source that has layers is another one.
  virtual void on_layer(PeerId peer, std::uint32_t mindex, Layer layer, Timestamp now) = 0;
  // Of a subscriber's m-line of video nothing is sent, as its way carries too little even for the
  // least of it; or something is again.
  virtual void on_starved(PeerId peer, std::uint32_t mindex, bool is_starved, Timestamp now) = 0;
  // A publisher's m-line of audio: somebody begins or stops talking, by the AudioRule. `level`: the
  // average that decided it, -dBov.
  virtual void on_talking(PeerId peer, std::string_view mid, bool is_talking, float level,
                          Timestamp now) = 0;
  // At most once a second for each m-line, where the configuration asks for it (Janus: slowlink).
  virtual void on_slow_link(PeerId, const SlowLink&, Timestamp) {}
  // The file of a publisher's m-line has ended by itself; others of it go on. `file`: its name
  // below the folder of recordings.
  virtual void on_recording_ended(PeerId /*publisher*/, std::string_view /*mid*/,
                                  std::string_view /*file*/, std::string_view /*reason*/,
                                  Timestamp /*now*/) {}
};

}  // namespace penstock
