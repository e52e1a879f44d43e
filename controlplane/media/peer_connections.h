// All peers of the server: implements media.h over SDP negotiation, one WebRtcTransport per peer,
// and the data plane. A peer owns its transport, its streams and its subscriptions and destroys
// them with itself; everything else refers to them by handle. Control thread only; time is an
// argument; no socket, no clock: the simulator runs this very class.
//
//   publishing.cc    offers of publishers: answers, streams
//   dummy_publishing.cc   publishers without a transport
//   subscribing.cc   offers to subscribers: m-lines, answers, subscriptions
//   receiving.cc     offers of subscribers
//   forwarding.cc    peers that are addresses
//   ice_restart.cc   new ICE credentials without a description
//   recording.cc     what records publishers
//   retargeting.cc   m-lines of subscribers that show another source
//   peer_connections.cc   life and death of peers
//   data_channels.cc  data channels, over DTLS
//   snapshot.cc      how a connection does
//   slow_links.cc    whose way loses much
//   peer_events.cc   what comes up from the data plane, and what is due
//
// Peers live in a pool. Destroying one takes it off everything that can find it, at once; its
// memory goes at the end of the call, so that what a call has resolved stays until the call
// returns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controlplane/datachannel/data_relay.h"
#include "controlplane/dtls/dtls_context.h"
#include "controlplane/dtls/handshake_limiter.h"
#include "controlplane/ice/ufrag_registry.h"
#include "controlplane/media/deadline_queue.h"
#include "controlplane/media/dtls_jobs.h"
#include "controlplane/media/ended_sessions.h"
#include "controlplane/media/media.h"
#include "controlplane/media/media_stats.h"
#include "controlplane/media/peer.h"
#include "controlplane/media/placement.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/recording/recording_sink.h"
#include "controlplane/sdp/warnings.h"
#include "dataplane/api/dataplane.h"
#include "dataplane/pool/control_retire_list.h"
#include "dataplane/pool/object_pool.h"

namespace penstock {

struct MediaConfig {
  // Addresses offered as host candidates: the port's own, or what a 1:1 NAT in front of it shows.
  std::vector<IpAddress> candidate_addresses;
  std::uint16_t udp_port_base = 0;  // worker i has base + i
  std::size_t room_peers_per_worker_max = 500;
  std::size_t peers_max = 1'024;     // with and without a transport
  std::size_t forwarders_max = 256;  // streams that are forwarded
  // Of the port: where what is forwarded comes from, one for each family that there is.
  // Unspecified: the kernel chooses.
  std::vector<IpAddress> source_addresses;
  // m-lines of one connection.
  std::size_t streams_per_publisher_max = kStreamsPerTransport;
  std::size_t subscriptions_per_subscriber_max = kSubscriptionsPerTransport;
  bool has_history = true;  // workers keep video, to send it again (RTX)
  HandshakeLimits handshakes;
  // Of a message that waits on an unreliable data channel without a lifetime.
  Duration data_age_max = kUnreliableAgeMax;
  // So many packets of an m-line lost within a second are told; 0: none are.
  std::uint64_t slow_link_packets = 0;
  recording::Sink* recordings = nullptr;  // null: nothing is recorded
};

// How much of everything there is. Without peers all of it is zero.
struct MediaCounts {
  std::size_t peers = 0;
  std::size_t peers_retired = 0;  // zero between calls
  std::size_t transports = 0;
  std::size_t forwarders = 0;  // streams of them
  std::size_t streams = 0;     // that can have media: not those of dummy publishers
  std::size_t ufrags = 0;
  std::size_t connecting = 0;  // peers with timers
  std::size_t changed = 0;     // peers to report on, and changes of media; zero between calls
  std::size_t handshakes_in_flight = 0;
  std::size_t handshakes_waiting = 0;
  std::size_t dtls_jobs = 0;  // that the executor has; those of closed peers among them
  std::size_t rooms_placed = 0;
  std::size_t data_connections = 0;
  std::size_t data_routes = 0;  // of a publisher's channel to a receiver
  std::size_t recorders = 0;    // peers that record
  std::size_t recordings = 0;   // files that they have

  bool operator==(const MediaCounts&) const = default;
};

class PeerConnections final : public Media,
                              private DataplaneEvents,
                              private DataPacketSink,
                              private DataListener {
 public:
  // All references outlive this object. `certificate` is the one `dtls` was made with.
  PeerConnections(Dataplane& dataplane, const DtlsContext& dtls, const Certificate& certificate,
                  DtlsExecutor& executor, SecureRandom& random, MediaConfig config);
  ~PeerConnections() override;

  // Takes in what has come from the workers and from the DTLS executor and what is due; tells
  // `events` what happened to peers. Bounded work per call; true if there may be more.
  bool poll(Timestamp now, MediaEvents& events);
  // When poll() must be called at the latest, if nothing comes from the workers before.
  Timestamp next_timeout() const;

  // Ends every peer with a DTLS goodbye: the server stops. The goodbyes are sent by poll(), until
  // no DTLS job is under way.
  void close_all(Timestamp now);

  MediaCounts counts() const;
  const MediaStats& stats() const { return stats_; }
  const DataStats& data_stats() const { return data_relay_.stats(); }
  void report_pools(PoolReports& out) const { out.push_back(peer_pool_.report()); }
  // What was destroyed and waits for the end of the call.
  const RetireList& retired() const { return retired_.list(); }
  // Every peer is to be marked (by whoever has its id, through walk_peer).
  void expect_pools(OwnershipWalk& walk) const { walk.expect(peer_pool_); }

  std::expected<PublishResult, MediaError> publish(PeerId id, PeerPlacement placement,
                                                   std::string_view offer_sdp,
                                                   const PublishPolicy& policy, Timestamp now,
                                                   const BeforeEffect<PublishResult>&) override;
  using Media::publish;
  void limit_bitrate(PeerId peer, std::uint64_t bitrate_bps) override;
  void set_audio_rule(PeerId peer, const AudioRule& rule) override;
  std::expected<std::vector<PublishedStream>, MediaError> publish_dummy(
      PeerId id, PeerPlacement placement, std::span<const DummyStream> streams,
      Timestamp now) override;
  std::expected<std::string, MediaError> offer(PeerId id, PeerPlacement placement,
                                               std::span<const SubscriberMline> mlines,
                                               bool restart_ice, Timestamp now,
                                               const BeforeEffect<std::string>&) override;
  using Media::offer;
  std::expected<SubscribeResult, MediaError> subscribe(
      PeerId id, PeerPlacement placement, std::string_view offer_sdp,
      std::span<const SubscriberMline> sources, Timestamp now,
      const BeforeEffect<SubscribeResult>& tell) override;
  std::expected<IceDescription, MediaError> restart_ice(
      PeerId id, std::string_view remote_ufrag, std::string_view remote_pwd, Timestamp now,
      const BeforeEffect<IceDescription>& tell) override;
  std::expected<bool, MediaError> retarget(PeerId id, std::span<const SubscriberMline> mlines,
                                           const std::function<void()>& tell) override;
  std::expected<std::vector<std::string>, MediaError> accept_answer(PeerId id,
                                                                    std::string_view answer_sdp,
                                                                    Timestamp now) override;
  void stop(PeerId id, std::uint32_t mindex, Timestamp now) override;
  void set_paused(PeerId id, std::optional<std::uint32_t> mindex, bool is_paused) override;
  void set_data_sources(PeerId id, std::uint32_t mindex, std::span<const DataSource> sources,
                        Timestamp now) override;
  void set_wishes(PeerId id, std::uint32_t mindex, const StreamWishes& wishes) override;
  void limit_receiver(PeerId id, std::uint64_t bitrate_bps) override;
  HeardAudio heard_of(StreamHandle stream) const override { return dataplane_.heard_of(stream); }
  void set_audio_gate(StreamHandle stream, std::uint8_t loudness) override {
    dataplane_.set_audio_gate(stream, loudness);
  }
  LayerReports layers_of(StreamHandle stream) const override {
    return dataplane_.layers_of(stream);
  }
  RecentLevels recent_levels_of(StreamHandle stream) const override {
    return dataplane_.recent_levels_of(stream);
  }
  std::expected<void, MediaError> record(PeerId recorder, PeerId publisher,
                                         std::span<const RecordedStream> streams,
                                         Timestamp now) override;
  std::expected<Forwarding, MediaError> forward(PeerId id, PeerPlacement placement,
                                                const ForwardDestination& to,
                                                std::span<const ForwardedStream> streams,
                                                Timestamp now) override;
  void request_keyframe(StreamHandle stream) override;
  void close(PeerId id, Timestamp now) override;
  bool exists(PeerId id) const override { return peers_.contains(id); }
  std::optional<TransportSnapshot> snapshot(PeerId id) const override;
  bool receives(PeerId id, std::uint32_t mindex) const override;
  void walk_peer(OwnershipWalk& walk, PeerId id) const override;

 private:
  struct StreamOrigin {
    PeerHandle peer;
    std::string mid;
    MediaKind kind;
  };
  struct MediaChange {
    PeerId peer;
    std::string mid;
    MediaKind kind;
    bool is_receiving;
  };
  // A subscriber's m-line.
  struct ReceivedLine {
    PeerId peer;
    std::uint32_t mindex;
  };
  struct LayerChange {
    ReceivedLine line;
    Layer layer;
  };
  struct StarvationChange {
    ReceivedLine line;
    bool is_starved;
  };
  struct TalkChange {
    PeerId peer;
    std::string mid;
    bool is_talking;
    float level;
  };

  // Every call that may destroy a peer has one for its whole length. The outermost one's end is the
  // end of the call: listeners call back while poll() runs.
  class Call {
   public:
    Call(PeerConnections& peers, Timestamp now) : peers_(peers), now_(now) { ++peers_.calls_; }
    ~Call() {
      if (--peers_.calls_ == 0) peers_.retired_.end_of_call(now_);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    PeerConnections& peers_;
    Timestamp now_;
  };

  // peer_connections.cc
  IceCredentials make_credentials(PeerHandle peer);
  void register_ufrag(Peer& peer, const IceUfrag& ufrag);
  sdp::LocalTransportParameters local_parameters(Peer& peer, const IceCredentials& credentials,
                                                 WorkerIndex worker) const;
  // A peer without a transport.
  std::expected<PeerHandle, MediaError> make_peer(PeerId id, PeerRole role);
  std::expected<Peer*, MediaError> make_connected_peer(PeerId id, PeerRole role,
                                                       PeerPlacement placement, Timestamp now);
  std::expected<void, MediaError> give_transport(PeerHandle handle, PeerPlacement placement,
                                                 Timestamp now);
  void destroy(PeerHandle peer, Timestamp now);
  void release_transport(Peer& peer, Timestamp now);
  void forget_stream(StreamHandle stream, Timestamp now);
  void stop_waiting(PeerHandle handle, Peer& peer);
  // The fingerprints of the peer's description, as far as they may be accepted for this peer. Empty
  // if it describes no transport at all.
  std::expected<Fingerprints, MediaError> check_remote(const Peer& peer,
                                                       const sdp::RemoteTransport& remote) const;
  void set_remote(Peer& peer, const sdp::RemoteTransport& remote, const Fingerprints& fingerprints,
                  sdp::DtlsRole role, Timestamp now);
  PeerHandle find_handle(PeerId id) const;
  Peer* find(PeerId id) const { return peer_pool_.resolve(find_handle(id)); }
  // A subscriber's m-line, as last offered; null: there is none.
  SubscriberLine* find_line(PeerId id, std::uint32_t mindex) const {
    Peer* peer = find(id);
    return peer == nullptr || mindex >= peer->lines.size() ? nullptr : &peer->lines[mindex];
  }

  // peer_events.cc
  void on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                   std::span<const std::uint8_t> datagram) override;
  void on_path_selected(TransportHandle transport, const Path& path) override;
  void on_consent_expired(TransportHandle transport) override;
  void on_media(StreamHandle stream, bool is_receiving) override;
  void on_layer(TransportHandle receiver, SubscriptionHandle subscription, Layer layer) override;
  void on_starved(TransportHandle receiver, SubscriptionHandle subscription,
                  bool is_starved) override;
  void on_talking(StreamHandle stream, bool is_talking, float level) override;
  void handle_stun(WorkerIndex worker, const Path& path, std::span<const std::uint8_t> datagram);
  void note_changed(PeerHandle handle, Peer& peer);
  void note_waiting(PeerHandle handle, Peer& peer);
  void set_timer(PeerHandle handle, const Peer& peer);
  bool handle_timers(Timestamp now);
  void begin_handshakes(Timestamp now);
  bool take_dtls_jobs(Timestamp now);
  void report(PeerHandle handle, Timestamp now, MediaEvents& events);
  PeerHandle find_by_transport(TransportHandle transport) const;

  // publishing.cc
  std::expected<PublishResult, MediaError> renegotiate(Peer& peer,
                                                       const sdp::SessionDescription& offer,
                                                       sdp::Warnings& warnings,
                                                       const PublishPolicy& policy, Timestamp now,
                                                       const BeforeEffect<PublishResult>& tell);
  std::expected<void, MediaError> make_streams(const Peer& peer,
                                               const sdp::PublisherNegotiation& next,
                                               const AudioRule& audio,
                                               std::vector<StreamHandle>& streams);
  void update_streams(const Peer& peer, const sdp::PublisherNegotiation& next,
                      std::span<const StreamHandle> streams);
  void undo_streams(const Peer& peer, std::span<const StreamHandle> streams, Timestamp now);

  // dummy_publishing.cc
  std::expected<void, MediaError> make_dummy_streams(Peer& peer,
                                                     std::span<PublishedStream> streams);

  // subscribing.cc
  // What a peer is to become; nothing of the peer has changed yet.
  struct NextLines {
    std::vector<SubscriberLine> lines;
    sdp::SubscriberPayloadTypes payload_types;
  };
  std::expected<NextLines, MediaError> make_lines(Peer& peer,
                                                  std::span<const SubscriberMline> mlines);
  std::expected<void, MediaError> assign_source(Peer& peer, NextLines& next, SubscriberLine& line,
                                                const SubscriberMline& wanted);
  std::uint64_t cname_of(StreamHandle source);
  sdp::SessionDescription make_offer(Peer& peer, std::span<const SubscriberLine> lines,
                                     const IceCredentials& credentials) const;
  static bool is_received(const SubscriberLine& line, std::size_t mindex,
                          const sdp::SubscriberAnswer& answer);
  static bool receives_media(const Peer& peer, const sdp::SubscriberAnswer& answer);
  std::expected<void, MediaError> make_subscriptions(const Peer& peer,
                                                     const sdp::SubscriberAnswer& answer,
                                                     std::vector<SubscriptionHandle>& made);
  void settle_answer(Peer& peer, const sdp::SubscriberAnswer& answer,
                     const Fingerprints& fingerprints,
                     std::span<const SubscriptionHandle> subscriptions, Timestamp now);
  void stop_line(SubscriberLine& line, Timestamp now);

  // recording.cc
  std::expected<Peer*, MediaError> make_recorder(PeerId id, PeerId publisher,
                                                 std::span<const RecordedStream> streams,
                                                 Timestamp now);
  std::expected<RecorderLine, MediaError> begin_recording(PeerHandle handle,
                                                          const RecordedStream& wanted,
                                                          Timestamp now);
  std::expected<SubscriptionHandle, MediaError> subscribe_recorder(Peer& peer,
                                                                   const RecordedStream& wanted,
                                                                   recording::Description& file);
  void end_recording(const RecorderLine& line, Timestamp now);
  void record_message(DataPeerId publisher, const DataMessage& message, Timestamp now);
  void release_recorder(Peer& peer, Timestamp now);
  void report_recordings(Timestamp now, MediaEvents& events);

  // receiving.cc
  std::vector<SubscriberLine> lines_to_show(Peer& peer, std::span<const SubscriberMline> sources);
  std::vector<sdp::OfferedStream> streams_of(std::span<const SubscriberLine> lines) const;

  // forwarding.cc
  std::expected<void, MediaError> give_plain_transport(Peer& peer, PeerPlacement placement,
                                                       const ForwardDestination& to,
                                                       const ExtensionMap& extensions);
  std::expected<void, MediaError> forward_stream(Peer& peer, const ForwardedStream& wanted);
  void release_plain(Peer& peer, Timestamp now);
  void forward_message(DataPeerId publisher, const DataMessage& message);
  // A stream's codec or payload type is another one.
  void follow_in_forwarders(StreamHandle stream, const sdp::NegotiatedStream& now);
  const sdp::NegotiatedStream* negotiated_of(StreamHandle stream) const;

  // data_channels.cc
  void on_published_data(DataPeerId publisher, const DataMessage& message, Timestamp now) override;
  void open_data(const Peer& peer, const sdp::DataMedia& data, sdp::DtlsRole role, Timestamp now);
  void follow_published_data(const Peer& peer, const sdp::PublisherNegotiation& next,
                             Timestamp now);
  void follow_received_data(Peer& peer, const sdp::SubscriberAnswer& answer, Timestamp now);
  void close_data(const Peer& peer, Timestamp now);
  void take_data(const Peer& peer, std::span<const std::vector<std::uint8_t>> packets,
                 Timestamp now);
  void send_data_packet(PeerId id, std::vector<std::uint8_t> packet) override;

  // layers.cc
  std::optional<ReceivedLine> line_of(TransportHandle receiver,
                                      SubscriptionHandle subscription) const;
  void send_wishes(const SubscriberLine& line, const StreamWishes& before);
  void report_layers(Timestamp now, MediaEvents& events);

  // slow_links.cc
  bool watch_losses(Timestamp now, MediaEvents& events);
  void look_at_losses(Peer& peer, Timestamp now, MediaEvents& events);
  Timestamp next_loss_watch() const;

  // retargeting.cc
  std::expected<void, MediaError> prepare_retargets(std::span<const SubscriberLine> lines);
  void cancel_retargets(std::span<const SubscriberLine> lines);
  void commit_retargets(std::span<SubscriberLine> lines);

  Dataplane& dataplane_;
  SecureRandom& random_;
  std::string fingerprint_;
  MediaConfig config_;
  HandshakeLimiter handshakes_;
  MediaStats stats_;
  DtlsJobs dtls_jobs_;
  TransportServices services_;
  Placement placement_;
  ObjectPool<Peer> peer_pool_;
  ControlRetireList retired_;
  int calls_ = 0;  // under way, one in the other
  EndedSessions ended_;
  // Who forwards what, by the bits of the stream's handle. An entry is there as long as both are.
  std::unordered_multimap<std::uint64_t, PeerHandle> forwarders_;
  std::unordered_multimap<PeerId, PeerHandle> data_forwarders_;  // by the publisher
  std::size_t forwarder_count_ = 0;
  DataRelay data_relay_{this};

  // How peers are found. An entry is there exactly as long as what it names.
  std::unordered_map<PeerId, PeerHandle> peers_;
  UfragRegistry<PeerHandle> ufrags_;
  std::unordered_map<std::uint64_t, PeerHandle> by_transport_;  // by the bits of the handle
  std::unordered_map<std::uint64_t, StreamOrigin> origins_;     // by the bits of the stream's

  // Who has the recording, by the bits of its subscription's handle.
  std::unordered_map<RecordingId, PeerHandle> recordings_;
  std::unordered_map<PeerId, PeerHandle> recorded_data_;  // by publisher, its recorder
  std::uint64_t recorded_data_count_ = 0;  // since the start: recordings of messages are numbered
  std::size_t recorders_ = 0;

  // Peers with timers: all that are not connected yet.
  DeadlineQueue<Peer> timers_;

  // Peers whose handshake may begin as soon as the limiter lets it, in the order in which they
  // came; each at most once, and room for all is set aside.
  std::vector<PeerHandle> waiting_;

  // Whose losses are still to be looked at in this round, of which there is one a second.
  std::vector<PeerId> losses_due_;
  Timestamp next_loss_round_at_ = 0;

  // Of the poll that is under way.
  Timestamp now_ = 0;
  std::vector<PeerHandle> changed_;         // each peer at most once; room for all is set aside
  std::vector<PeerHandle> reported_;        // the same list, while listeners are told
  std::vector<MediaChange> media_changes_;  // at most the events of one Dataplane::poll
  std::vector<LayerChange> layer_changes_;  // likewise
  std::vector<StarvationChange> starvation_changes_;  // likewise
  std::vector<TalkChange> talk_changes_;              // likewise
};

}  // namespace penstock
