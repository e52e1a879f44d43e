// All peers of the server: implements media.h over SDP negotiation, one WebRtcTransport per peer,
// and the data plane. A peer owns its transport, its streams and its subscriptions and destroys
// them with itself; everything else refers to them by handle. Control thread only; time is an
// argument; no socket, no clock: the simulator runs this very class.
//
//   publishing.cc    offers of publishers: answers, streams
//   dummy_publishing.cc   publishers without a transport
//   subscribing.cc   offers to subscribers: m-lines, answers, subscriptions
//   peer_connections.cc   life and death of peers, what comes up from the data plane
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controlplane/dtls/dtls_context.h"
#include "controlplane/dtls/handshake_limiter.h"
#include "controlplane/ice/ufrag_registry.h"
#include "controlplane/media/media.h"
#include "controlplane/media/placement.h"
#include "controlplane/media/webrtc_transport.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "dataplane/api/dataplane.h"

namespace penstock {

struct MediaConfig {
  // Addresses offered as host candidates: the port's own, or what a 1:1 NAT in front of it shows.
  std::vector<IpAddress> candidate_addresses;
  std::uint16_t udp_port_base = 0;  // worker i has base + i
  std::size_t room_peers_per_worker_max = 500;
  HandshakeLimits handshakes;
};

struct MediaCounts {
  std::size_t peers = 0;
  std::size_t handshakes_in_flight = 0;
  std::size_t rooms_placed = 0;
};

class PeerConnections final : public Media, private DataplaneEvents {
 public:
  // All references outlive this object. `certificate` is the one `dtls` was made with.
  PeerConnections(Dataplane& dataplane, const DtlsContext& dtls, const Certificate& certificate,
                  SecureRandom& random, MediaConfig config);
  ~PeerConnections() override;

  // Takes in what has come from the workers and what is due; tells `events` what happened to peers.
  // True if there was work.
  bool poll(Timestamp now, MediaEvents& events);
  // When poll() must be called at the latest, if nothing comes from the workers before.
  Timestamp next_timeout() const;

  // Ends every peer with a DTLS goodbye: the server stops.
  void close_all(Timestamp now);

  MediaCounts counts() const;

  std::expected<PublishResult, MediaError> publish(PeerId id, PeerPlacement placement,
                                                   std::string_view offer_sdp,
                                                   const PublishPolicy& policy,
                                                   Timestamp now) override;
  std::expected<std::vector<PublishedStream>, MediaError> publish_dummy(
      PeerId id, PeerPlacement placement, std::span<const DummyStream> streams,
      Timestamp now) override;
  std::expected<std::string, MediaError> offer(PeerId id, PeerPlacement placement,
                                               std::span<const SubscriberMline> mlines,
                                               bool restart_ice, Timestamp now) override;
  std::expected<void, MediaError> accept_answer(PeerId id, std::string_view answer_sdp,
                                                Timestamp now) override;
  void set_paused(PeerId id, std::optional<std::uint32_t> mindex, bool is_paused) override;
  void request_keyframe(StreamHandle stream) override;
  void close(PeerId id, Timestamp now) override;
  bool exists(PeerId id) const override { return peers_.contains(id); }
  void walk_peer(OwnershipWalk& walk, PeerId id) const override;

 private:
  enum class Role : std::uint8_t { kPublisher, kDummyPublisher, kSubscriber };

  // One m-line of a subscriber.
  struct Line {
    SubscriberMline wanted;
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    SubscriptionHandle subscription;
  };

  struct Peer {
    Role role = Role::kPublisher;
    std::uint64_t room_key = 0;
    std::unique_ptr<WebRtcTransport> transport;  // null: a dummy publisher's
    std::vector<std::string>
        ufrags;  // registered for this peer: current and, after a restart, previous
    std::uint64_t session_id = 0;
    std::uint64_t session_version = 0;
    bool is_connected = false;  // said so to MediaEvents

    // Publisher.
    std::optional<sdp::PublisherNegotiation> negotiation;
    std::vector<StreamHandle>
        streams;  // one per entry of negotiation->streams; null while inactive

    // Subscriber.
    std::vector<Line> lines;
    sdp::SubscriberPayloadTypes payload_types;
    std::optional<sdp::SessionDescription> pending_offer;
    ExtensionMap extensions;
  };

  struct StreamOrigin {
    PeerId peer;
    std::string mid;
    MediaKind kind;
  };

  // peer_connections.cc
  IceCredentials make_credentials(PeerId id);
  sdp::LocalTransportParameters local_parameters(Peer& peer, const IceCredentials& credentials,
                                                 WorkerIndex worker) const;
  std::expected<Peer*, MediaError> make_peer(PeerId id, Role role, PeerPlacement placement,
                                             Timestamp now);
  void destroy(PeerId id);
  void release_transport(PeerId id, const Peer& peer);
  void register_ufrag(Peer& peer, std::string_view ufrag);
  // The fingerprints of the peer's description, as far as they may be accepted for this peer. Empty
  // if it describes no transport at all.
  std::expected<Fingerprints, MediaError> check_remote(const Peer& peer,
                                                       const sdp::RemoteTransport& remote) const;
  void set_remote(Peer& peer, const sdp::RemoteTransport& remote, const Fingerprints& fingerprints,
                  sdp::DtlsRole role, Timestamp now);
  void on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                   std::span<const std::uint8_t> datagram) override;
  void on_path_selected(TransportHandle transport, const Path& path) override;
  void on_consent_expired(TransportHandle transport) override;
  void on_media(StreamHandle stream, bool is_receiving) override;
  void handle_stun(WorkerIndex worker, const Path& path, std::span<const std::uint8_t> datagram);
  void report(PeerId id, Timestamp now, MediaEvents& events);
  Peer* find(PeerId id);
  std::optional<PeerId> find_by_transport(TransportHandle transport) const;

  // publishing.cc
  std::expected<PublishResult, MediaError> renegotiate(PeerId id, Peer& peer,
                                                       const sdp::SessionDescription& offer,
                                                       const PublishPolicy& policy, Timestamp now);
  std::expected<std::vector<StreamHandle>, MediaError> update_streams(
      PeerId id, Peer& peer, const sdp::PublisherNegotiation& next);
  PublishResult publish_result(const Peer& peer) const;

  // subscribing.cc
  std::expected<void, MediaError> update_lines(Peer& peer, std::span<const SubscriberMline> mlines);
  std::expected<void, MediaError> assign_source(Peer& peer, Line& line,
                                                const SubscriberMline& wanted);
  std::string write_offer(Peer& peer);
  static bool is_received(const Line& line, std::size_t mindex,
                          const sdp::SubscriberAnswer& answer);
  std::expected<std::vector<SubscriptionHandle>, MediaError> make_subscriptions(
      const Peer& peer, const sdp::SubscriberAnswer& answer);
  void stop_line(Line& line);
  std::uint32_t unused_ssrc(const Peer& peer);

  Dataplane& dataplane_;
  SecureRandom& random_;
  std::string fingerprint_;
  MediaConfig config_;
  HandshakeLimiter handshakes_;
  TransportServices services_;
  Placement placement_;
  UfragRegistry<PeerId> ufrags_;
  std::unordered_map<PeerId, Peer> peers_;
  std::unordered_map<std::uint64_t, PeerId> by_transport_;  // by the bits of the handle
  std::unordered_map<std::uint64_t, StreamOrigin> origins_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>>
      used_ssrcs_;  // of a transport, for its whole life

  Timestamp now_ = 0;            // of the poll that is under way
  std::vector<PeerId> changed_;  // peers to report on
  struct MediaChange {
    PeerId peer;
    std::string mid;
    MediaKind kind;
    bool is_receiving;
  };
  std::vector<MediaChange> media_changes_;
  std::vector<PeerId> connecting_;  // peers with timers: all that are not connected yet
};

}  // namespace penstock
