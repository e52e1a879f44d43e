#include "controlplane/media/peer_connections.h"

#include <algorithm>
#include <utility>

#include "controlplane/ice/candidate.h"
#include "controlplane/ice/ice_credential_generator.h"
#include "controlplane/media/capacity_error.h"
#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

PeerConnections::PeerConnections(Dataplane& dataplane, const DtlsContext& dtls,
                                 const Certificate& certificate, DtlsExecutor& executor,
                                 SecureRandom& random, MediaConfig config)
    : dataplane_(dataplane),
      random_(random),
      fingerprint_("sha-256 " + certificate.fingerprint_sha256()),
      config_(std::move(config)),
      handshakes_(config_.handshakes),
      dtls_jobs_(executor, dataplane, config_.peers_max),
      services_{dataplane, dtls, handshakes_, dtls_jobs_, stats_},
      placement_(dataplane.worker_count(), config_.room_peers_per_worker_max),
      peer_pool_("peers", config_.peers_max),
      retired_(config_.peers_max),
      ended_(std::max<std::size_t>(config_.peers_max, 1)),
      ufrags_(SipHashKey::generate(random)),
      timers_(config_.peers_max) {
  for (std::vector<PeerHandle>* list : {&waiting_, &changed_, &reported_}) {
    list->reserve(config_.peers_max);
  }
}

PeerConnections::~PeerConnections() {
  const Call call(*this, now_);
  while (!peers_.empty()) destroy(peers_.begin()->second, now_);
}

// Credentials with a ufrag nobody else has.
IceCredentials PeerConnections::make_credentials(PeerHandle peer) {
  for (;;) {
    const IceCredentials credentials = generate_ice_credentials(random_);
    if (ufrags_.add(credentials.local_ufrag.view(), peer)) return credentials;
  }
}

sdp::LocalTransportParameters PeerConnections::local_parameters(Peer& peer,
                                                                const IceCredentials& credentials,
                                                                WorkerIndex worker) const {
  sdp::LocalTransportParameters local;
  local.ice_ufrag = credentials.local_ufrag.view();
  local.ice_pwd = credentials.local_pwd.view();
  local.fingerprint = fingerprint_;
  local.session_id = peer.session_id;
  local.session_version = peer.session_version + 1;
  std::uint16_t preference = 65'535;
  for (const IpAddress& address : config_.candidate_addresses) {
    const SocketAddress socket{address, static_cast<std::uint16_t>(config_.udp_port_base + worker)};
    const std::string line = format_host_candidate(socket, preference--);
    local.candidates.push_back(line.substr(std::string_view("candidate:").size()));
  }
  if (!config_.candidate_addresses.empty() && config_.candidate_addresses.front().is_v4()) {
    local.origin_address = to_string(config_.candidate_addresses.front());
  }
  return local;
}

// A restart gives the peer a second ufrag; the one before the last is forgotten.
void PeerConnections::register_ufrag(Peer& peer, const IceUfrag& ufrag) {
  if (peer.ufrags.size() == peer.ufrags.capacity()) {
    ufrags_.remove(peer.ufrags[0].view());
    peer.ufrags.erase_unordered(0);
  }
  PENSTOCK_CHECK(peer.ufrags.push_back(ufrag));
}

std::expected<PeerHandle, MediaError> PeerConnections::make_peer(PeerId id, PeerRole role) {
  const PeerHandle handle = peer_pool_.allocate(id, role, random_.next_u64());
  if (handle.is_null()) {
    return capacity_error("all peers are in use (limits.participants, limits.publishers)");
  }
  ScopeGuard undo([&] { peer_pool_.discard(handle); });
  peers_.emplace(id, handle);
  undo.dismiss();
  return handle;
}

std::expected<Peer*, MediaError> PeerConnections::make_connected_peer(PeerId id, PeerRole role,
                                                                      PeerPlacement placement,
                                                                      Timestamp now) {
  const auto handle = make_peer(id, role);
  if (!handle) return std::unexpected(handle.error());
  ScopeGuard undo([&] { destroy(*handle, now); });
  if (auto given = give_transport(*handle, placement, now); !given) {
    return std::unexpected(given.error());
  }
  undo.dismiss();
  return peer_pool_.resolve(*handle);
}

std::expected<void, MediaError> PeerConnections::give_transport(PeerHandle handle,
                                                                PeerPlacement placement,
                                                                Timestamp now) {
  const WorkerIndex worker = placement_.place(placement.room_key);
  ScopeGuard undo_placing([&] { placement_.remove(placement.room_key, worker); });
  TransportConfig config;
  config.worker = worker;
  config.ice = make_credentials(handle);
  config.cname = peer_pool_.resolve(handle)->cname;
  const bool publishes = peer_pool_.resolve(handle)->role == PeerRole::kPublisher;
  config.streams_max = publishes ? config_.streams_per_publisher_max : 0;
  config.subscriptions_max = publishes ? 0 : config_.subscriptions_per_subscriber_max;
  ScopeGuard undo_ufrag([&] { ufrags_.remove(config.ice.local_ufrag.view()); });
  const auto transport = dataplane_.create_transport(config);
  if (!transport) return capacity_error(transport.error());
  ScopeGuard undo_transport([&] { dataplane_.destroy_transport(*transport, now); });
  auto half = std::make_unique<WebRtcTransport>(services_, *transport, worker, config.ice, now);
  by_transport_.emplace(transport->bits(), handle);
  undo_placing.dismiss();
  undo_ufrag.dismiss();
  undo_transport.dismiss();

  Peer& peer = *peer_pool_.resolve(handle);
  peer.room_key = placement.room_key;
  peer.session_id = random_.next_u64() >> 2;
  peer.ssrc_counter = static_cast<std::uint32_t>(random_.next_u64());
  peer.transport = std::move(half);
  register_ufrag(peer, config.ice.local_ufrag);
  set_timer(handle, peer);
  return {};
}

// Everything a peer owns, from the leaves up. The one way for any peer, whatever state it is in.
void PeerConnections::destroy(PeerHandle handle, Timestamp now) {
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  for (SubscriberLine& line : peer->lines) stop_line(line, now);
  for (const StreamHandle stream : peer->streams) forget_stream(stream, now);
  stop_waiting(handle, *peer);
  timers_.remove(handle);
  close_data(*peer, now);
  if (peer->transport != nullptr) release_transport(*peer, now);
  if (peer->role == PeerRole::kRecorder) release_recorder(*peer, now);
  if (peer->role == PeerRole::kForwarder) release_plain(*peer, now);
  peers_.erase(peer->id);
  retired_.retire(peer_pool_, handle, now);
}

void PeerConnections::forget_stream(StreamHandle stream, Timestamp now) {
  if (stream.is_null()) return;
  origins_.erase(stream.bits());
  forwarders_.erase(stream.bits());
  dataplane_.destroy_stream(stream, now);
}

void PeerConnections::release_transport(Peer& peer, Timestamp now) {
  const TransportHandle transport = peer.transport->handle();
  for (const IceUfrag& ufrag : peer.ufrags) ufrags_.remove(ufrag.view());
  placement_.remove(peer.room_key, peer.transport->worker());
  by_transport_.erase(transport.bits());
  peer.transport->abandon_dtls();
  dataplane_.destroy_transport(transport, now);
}

void PeerConnections::stop_waiting(PeerHandle handle, Peer& peer) {
  if (std::exchange(peer.is_waiting, false)) std::erase(waiting_, handle);
}

void PeerConnections::walk_peer(OwnershipWalk& walk, PeerId id) const {
  const PeerHandle handle = find_handle(id);
  const Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  walk.mark(peer_pool_, handle);
  if (peer->transport != nullptr) dataplane_.walk_transport(walk, peer->transport->handle());
  if (!peer->recording_transport.is_null())
    dataplane_.walk_transport(walk, peer->recording_transport);
  for (const RecorderLine& line : peer->recorder_lines) {
    if (!line.subscription.is_null()) dataplane_.walk_subscription(walk, line.subscription);
  }
  if (peer->plain) dataplane_.walk_transport(walk, peer->plain->handle);
  for (const ForwardedLine& line : peer->forwarded)
    dataplane_.walk_subscription(walk, line.subscription);
  for (const StreamHandle stream : peer->streams) {
    if (!stream.is_null()) dataplane_.walk_stream(walk, stream);
  }
  for (const SubscriberLine& line : peer->lines) {
    if (!line.subscription.is_null()) dataplane_.walk_subscription(walk, line.subscription);
  }
}

void PeerConnections::close(PeerId id, Timestamp now) {
  const Call call(*this, now);
  const PeerHandle handle = find_handle(id);
  const Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  if (peer->transport != nullptr) peer->transport->close();
  destroy(handle, now);
}

void PeerConnections::close_all(Timestamp now) {
  const Call call(*this, now);
  while (!peers_.empty()) close(peers_.begin()->first, now);
}

std::expected<Fingerprints, MediaError> PeerConnections::check_remote(
    const Peer& peer, const sdp::RemoteTransport& remote) const {
  Fingerprints fingerprints;
  if (remote.fingerprints.empty()) return fingerprints;
  std::string refused = "no usable a=fingerprint";
  for (const sdp::Fingerprint& text : remote.fingerprints) {
    const auto parsed = parse_fingerprint(text.hash_function + " " + text.value);
    if (!parsed) {
      refused = parsed.error();
    } else if (!fingerprints.push_back(*parsed)) {
      break;
    }
  }
  if (fingerprints.empty())
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, refused});
  if (peer.transport->has_remote() &&
      !std::ranges::is_permutation(peer.transport->remote_fingerprints().span(),
                                   fingerprints.span())) {
    return std::unexpected(
        MediaError{MediaErrorKind::kInvalidSdp,
                   "the certificate changed: a new DTLS association needs a new connection"});
  }
  return fingerprints;
}

void PeerConnections::set_remote(Peer& peer, const sdp::RemoteTransport& remote,
                                 const Fingerprints& fingerprints, sdp::DtlsRole role,
                                 Timestamp now) {
  if (fingerprints.empty()) return;  // nothing was accepted: there is nobody to connect to
  peer.transport->set_remote(remote.ice_ufrag, fingerprints,
                             role == sdp::DtlsRole::kServer ? DtlsRole::kServer : DtlsRole::kClient,
                             now);
  note_waiting(find_handle(peer.id), peer);
  set_timer(find_handle(peer.id), peer);
}

void PeerConnections::request_keyframe(StreamHandle stream) { dataplane_.request_keyframe(stream); }

PeerHandle PeerConnections::find_handle(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? PeerHandle{} : found->second;
}

MediaCounts PeerConnections::counts() const {
  const PoolCounts peers = peer_pool_.counts();
  const DataRelayCounts data = data_relay_.counts();
  return {.peers = peers.live,
          .peers_retired = peers.retired,
          .transports = by_transport_.size(),
          .forwarders = forwarder_count_,
          .streams = origins_.size(),
          .ufrags = ufrags_.size(),
          .connecting = timers_.size(),
          .changed = changed_.size() + media_changes_.size(),
          .handshakes_in_flight = handshakes_.in_flight(),
          .handshakes_waiting = waiting_.size(),
          .dtls_jobs = dtls_jobs_.under_way(),
          .rooms_placed = placement_.room_count(),
          .data_connections = data.connections,
          .data_routes = data.routes,
          .recorders = recorders_,
          .recordings = recordings_.size()};
}

}  // namespace penstock
