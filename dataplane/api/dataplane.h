// The data plane as the control plane sees it: objects are made, linked, told things and destroyed
// here, and what workers cannot answer comes back through DataplaneEvents. Implemented by
// dataplane/registry; tests use a fake.
//
// Everything is called on the control thread and returns at once. Handles stay valid as values for
// ever; using one of a destroyed object does nothing. `destroy_*` takes effect for media at once:
// workers resolve the handle to null from the next packet on; the memory is reused after a grace
// period.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/api/event.h"
#include "dataplane/api/handles.h"
#include "dataplane/api/layer.h"
#include "dataplane/api/playout_delay.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/api/stream_config.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/net/path.h"
#include "dataplane/pool/ownership_walk.h"
#include "dataplane/pool/pool_report.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/stun/ice_credentials.h"
#include "dataplane/stun/nomination.h"

namespace penstock {

// Why an object could not be made; existing calls are untouched.
enum class DataplaneError : std::uint8_t {
  kTransportPoolFull,
  kStreamPoolFull,
  kSubscriptionPoolFull,
  // Of a new subscription this cannot be while the pool's size is as computed
  // (Pools::fan_out_chunks).
  kFanOutPoolFull,
  // What was closed cannot be freed yet, because a worker has not reported for long: half of what
  // can wait does, or all that is missing in a pool. Creates wait until the worker reports.
  kRetireListFull,
  kTooManyStreams,  // the transport has room for no more
  kNoSuchObject,
  kHasKeys,      // already: a transport gets its keys once
  kOutOfMemory,  // of a library
};
std::string_view to_string(DataplaneError error);

// What is at the other end of a transport, and how it comes there.
enum class TransportKind : std::uint8_t {
  kWebRtc,     // a peer: ICE says where it is, and that it wants what it gets; DTLS gives the keys
  kPlain,      // an address that is known; its keys, if it has any, come with a request
  kRecording,  // files: what would be sent goes to the worker's arena (recording/arena.h)
};

// Whom a plain transport is to. What comes from there is taken without ICE; where nothing is
// encrypted, whoever can send from the address is believed.
struct PlainPeer {
  Path path;                    // of media; where RTP comes from, too
  std::uint16_t rtcp_port = 0;  // where RTCP goes, and comes from; 0: there is none
};

struct TransportConfig {
  TransportKind kind = TransportKind::kWebRtc;
  WorkerIndex worker = 0;
  PlainPeer plain;  // of a plain one
  IceCredentials ice;
  ExtensionMap extensions_in;   // ids in what the peer sends
  ExtensionMap extensions_out;  // ids in what we send
  std::uint64_t cname = 0;      // of our RTCP where no media SSRC is meant (rtp/rtcp/cname.h)
  // m-lines that it has room for; its tables are made for as many.
  std::size_t streams_max = kStreamsPerTransport;
  std::size_t subscriptions_max = kSubscriptionsPerTransport;
};

struct SubscriptionConfig {
  TransportHandle transport;  // the receiver's
  Mid mid;                    // the receiver's m-line
  std::uint32_t ssrc = 0;     // what we send with,
  std::uint64_t cname = 0;    // and its CNAME: one for all streams that play in time together
  SubscriptionTarget target;
  bool is_paused = false;
  // Of simulcast: this encoding (StreamConfig) and never another; nothing: as layers are chosen.
  std::optional<std::uint8_t> only_encoding;
};

struct DataplanePoolCounts {
  PoolCounts transports;
  PoolCounts streams;
  PoolCounts subscriptions;
  PoolCounts fan_out_chunks;
  std::size_t retired_count = 0;
  std::size_t retire_capacity = 0;
  std::uint64_t reclaimed_count = 0;  // since the start
  Duration longest_reclaim_ns = 0;
};

// What comes up from the workers. Called from Dataplane::poll, on the control thread.
class DataplaneEvents {
 public:
  virtual ~DataplaneEvents() = default;
  // STUN from an unknown flow, or for other credentials than the flow's: transport is null. DTLS:
  // of a validated flow, with its transport.
  virtual void on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                           std::span<const std::uint8_t> datagram) = 0;
  virtual void on_path_selected(TransportHandle transport, const Path& path) = 0;
  virtual void on_consent_expired(TransportHandle transport) = 0;
  virtual void on_media(StreamHandle stream, bool is_receiving) = 0;
  // Of a stream that has layers, what the receiver is sent now is another one.
  virtual void on_layer(TransportHandle /*receiver*/, SubscriptionHandle /*subscription*/,
                        Layer /*layer*/) {}
  // Nothing is sent of it for want of bandwidth; or something is again.
  virtual void on_starved(TransportHandle /*receiver*/, SubscriptionHandle /*subscription*/,
                          bool /*is_starved*/) {}
  // `level`: the average that decided it, -dBov.
  virtual void on_talking(StreamHandle stream, bool is_talking, float level) = 0;
};

class Dataplane {
 public:
  virtual ~Dataplane() = default;

  virtual std::size_t worker_count() const = 0;
  // The worker that receives the stream; 0 of one without a transport.
  virtual WorkerIndex worker_of(StreamHandle stream) const = 0;

  virtual std::expected<TransportHandle, DataplaneError> create_transport(
      const TransportConfig&) = 0;
  // As all that destroys: what it was is reclaimed later; `now` is from when that wait counts.
  virtual void destroy_transport(TransportHandle transport, Timestamp now) = 0;
  // An ICE-validated pair: from now on DTLS and (with keys) media from it are taken. With what the
  // peer said when it nominated it: send there.
  virtual void add_flow(TransportHandle transport, const Path& path,
                        const std::optional<stun::Nomination>& nomination) = 0;
  virtual void remove_flow(TransportHandle transport, const Path& path) = 0;
  virtual void set_ice_credentials(TransportHandle transport, const IceCredentials& ice) = 0;
  // Once for a transport: from now on media is taken from it and goes to it. Errors: kNoSuchObject,
  // kHasKeys, kOutOfMemory, after which it is as it was, without keys.
  virtual std::expected<void, DataplaneError> set_srtp_keys(TransportHandle transport,
                                                            const SrtpKeys& keys) = 0;
  virtual void set_extensions(TransportHandle transport, const ExtensionMap& in,
                              const ExtensionMap& out) = 0;
  // What the peer takes; nothing of it until this says so.
  virtual void set_transport_options(TransportHandle transport,
                                     const TransportOptions& options) = 0;
  // What the video of the peer may take in all; 0: any. It is told so in REMB, which only counts
  // for streams that take notice of it (StreamConfig::has_remb), over and over.
  virtual void limit_bitrate(TransportHandle transport, std::uint64_t bitrate_bps) = 0;
  // Sends one datagram (DTLS, STUN) of at most kControlDatagramBytesMax bytes on the path. Best
  // effort.
  virtual void send_datagram(WorkerIndex worker, const Path& path,
                             std::span<const std::uint8_t> datagram) = 0;

  virtual std::expected<StreamHandle, DataplaneError> create_stream(const StreamConfig&) = 0;
  // The m-line has changed in place; see StreamConfig for what may. Subscriptions stay: with
  // another SSRC or another codec begins another source, and receivers of video wait for its
  // keyframe.
  virtual void update_stream(StreamHandle stream, const StreamConfig&) = 0;
  virtual void destroy_stream(StreamHandle stream, Timestamp now) = 0;

  // A subscription starts at the next keyframe (video), which it asks for, or at once (audio).
  virtual std::expected<SubscriptionHandle, DataplaneError> create_subscription(
      const SubscriptionConfig&) = 0;
  // Points a subscription at another stream of the same kind, in two steps, so that of several that
  // belong together all move or none does. The first may fail, and changes nothing for media; then
  // comes one of the others, in the same call of the control plane. From the commit on the
  // subscription shows the new stream: from its next keyframe on, which it asks for, or at once
  // (audio), with sequence numbers and timestamps that go on.
  virtual std::expected<void, DataplaneError> prepare_retarget(SubscriptionHandle subscription,
                                                               StreamHandle stream) = 0;
  virtual void cancel_retarget(SubscriptionHandle subscription) = 0;
  // `target.stream` is what was prepared, or, with nothing prepared, the stream that it has.
  virtual void commit_retarget(SubscriptionHandle subscription,
                               const SubscriptionTarget& target) = 0;
  virtual void destroy_subscription(SubscriptionHandle subscription, Timestamp now) = 0;
  virtual void set_paused(SubscriptionHandle subscription, bool is_paused) = 0;
  // The most that the receiver wants of the stream; kHighestLayer: all there is. A rank above what
  // comes means the highest that comes. It stays when the subscription is pointed at another
  // stream.
  virtual void limit_layers(SubscriptionHandle subscription, Layer limit) = 0;
  // What is first where its receiver's way does not carry everything: the higher.
  virtual void set_priority(SubscriptionHandle subscription, std::uint8_t priority) = 0;
  // Of simulcast: for how long nothing of its encoding may come before the receiver gets a smaller
  // one. In quarters of a second, the next longer one; at most kFallbackMax, as at first.
  virtual void set_fallback(SubscriptionHandle subscription, Duration fallback) = 0;
  // How long the receiver is to keep pictures of the stream; nothing: as the publisher says. Has no
  // effect where the extension is not negotiated.
  virtual void set_playout_delay(SubscriptionHandle subscription,
                                 std::optional<PlayoutDelay> delay) = 0;
  // The most that the receiver is sent in all, whatever its way carries; 0: there is no limit.
  virtual void limit_receiver(TransportHandle transport, std::uint64_t bitrate_bps) = 0;
  virtual void request_keyframe(StreamHandle stream) = 0;

  // How loud a stream of audio is now, and how loud it has to be to go further (HeardAudio); 0, as
  // at the beginning: all of it does. What does not leaves no gap.
  virtual HeardAudio heard_of(StreamHandle stream) const = 0;
  virtual void set_audio_gate(StreamHandle stream, std::uint8_t loudness) = 0;
  // The levels of the last packets of a stream with AudioRule::is_followed.
  virtual RecentLevels recent_levels_of(StreamHandle stream) const = 0;

  // What workers have said of media, as of a second or so ago; nothing for what is gone. The round
  // trip is 0 until it is known: with the peer's first report on what it receives, or, if it only
  // sends, with the first packet that it had to send again.
  virtual std::optional<Duration> round_trip_of(TransportHandle transport) const = 0;
  // What the way to the peer carries, in bits a second; 0: it is not known, as nothing is sent to
  // it, or it does not report.
  virtual std::optional<std::uint64_t> estimate_of(TransportHandle transport) const = 0;
  virtual StreamReports reports_on(StreamHandle stream) const = 0;
  virtual std::optional<RtpReport> report_on(SubscriptionHandle subscription) const = 0;
  // Of a stream of video.
  virtual LayerReports layers_of(StreamHandle stream) const = 0;

  // Delivers what workers have sent up, and reclaims what is due. Bounded work per call; returns
  // true if there was any.
  virtual bool poll(Timestamp now, DataplaneEvents& events) = 0;

  virtual DataplanePoolCounts pool_counts() const = 0;

  // What each pool holds, appended to `out`.
  virtual void report_pools(PoolReports& out) const = 0;
  // For the proof that everything live has an owner: every object of the pools is to be marked, and
  // the owners of handles mark them. A stream marks what it owns itself, its fan-out lists.
  virtual void expect_pools(OwnershipWalk& walk) const = 0;
  virtual void walk_transport(OwnershipWalk& walk, TransportHandle transport) const = 0;
  virtual void walk_stream(OwnershipWalk& walk, StreamHandle stream) const = 0;
  virtual void walk_subscription(OwnershipWalk& walk, SubscriptionHandle subscription) const = 0;
};

}  // namespace penstock
