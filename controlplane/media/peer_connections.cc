#include "controlplane/media/peer_connections.h"

#include <algorithm>

#include "controlplane/ice/candidate.h"
#include "controlplane/ice/ice_credential_generator.h"
#include "dataplane/base/check.h"
#include "dataplane/stun/message.h"

namespace penstock {

PeerConnections::PeerConnections(Dataplane& dataplane, const DtlsContext& dtls,
                                 const Certificate& certificate, SecureRandom& random,
                                 MediaConfig config)
    : dataplane_(dataplane),
      random_(random),
      fingerprint_("sha-256 " + certificate.fingerprint_sha256()),
      config_(std::move(config)),
      handshakes_(config_.handshakes, SipHashKey::generate(random)),
      services_{dataplane, dtls, handshakes_},
      placement_(dataplane.worker_count(), config_.room_peers_per_worker_max),
      ufrags_(SipHashKey::generate(random)) {}

PeerConnections::~PeerConnections() {
  while (!peers_.empty()) destroy(peers_.begin()->first);
}

// Credentials with a ufrag nobody else has.
IceCredentials PeerConnections::make_credentials(PeerId id) {
  for (;;) {
    const IceCredentials credentials = generate_ice_credentials(random_);
    if (ufrags_.add(credentials.local_ufrag.view(), id)) return credentials;
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

std::expected<PeerConnections::Peer*, MediaError> PeerConnections::make_peer(
    PeerId id, Role role, PeerPlacement placement, Timestamp now) {
  const WorkerIndex worker = placement_.place(placement.room_key);
  const IceCredentials credentials = make_credentials(id);
  TransportConfig config;
  config.worker = worker;
  config.ice = credentials;
  config.cname_seed = random_.next_u64();
  const auto handle = dataplane_.create_transport(config);
  if (!handle) {
    placement_.remove(placement.room_key, worker);
    ufrags_.remove(credentials.local_ufrag.view());
    return std::unexpected(
        MediaError{MediaErrorKind::kCapacity, std::string(to_string(handle.error()))});
  }
  Peer& peer = peers_[id];
  peer.role = role;
  peer.room_key = placement.room_key;
  peer.session_id = random_.next_u64() >> 2;
  peer.ufrags.emplace_back(credentials.local_ufrag.view());
  peer.transport = std::make_unique<WebRtcTransport>(services_, *handle, worker, credentials, now);
  by_transport_[handle->bits()] = id;
  connecting_.push_back(id);
  return &peer;
}

// Everything a peer owns, from the leaves up. The one way for any peer, whatever state it is in.
void PeerConnections::destroy(PeerId id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  for (Line& line : peer.lines) stop_line(line);
  for (const StreamHandle stream : peer.streams) {
    if (stream.is_null()) continue;
    origins_.erase(stream.bits());
    dataplane_.destroy_stream(stream);
  }
  if (peer.transport != nullptr) release_transport(id, peer);
  peers_.erase(found);
}

void PeerConnections::release_transport(PeerId id, const Peer& peer) {
  const TransportHandle transport = peer.transport->handle();
  for (const std::string& ufrag : peer.ufrags) ufrags_.remove(ufrag);
  placement_.remove(peer.room_key, peer.transport->worker());
  by_transport_.erase(transport.bits());
  used_ssrcs_.erase(transport.bits());
  std::erase(connecting_, id);
  dataplane_.destroy_transport(transport);
}

void PeerConnections::walk_peer(OwnershipWalk& walk, PeerId id) const {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  const Peer& peer = found->second;
  if (peer.transport != nullptr) dataplane_.walk_transport(walk, peer.transport->handle());
  for (const StreamHandle stream : peer.streams) {
    if (!stream.is_null()) dataplane_.walk_stream(walk, stream);
  }
  for (const Line& line : peer.lines) {
    if (!line.subscription.is_null()) dataplane_.walk_subscription(walk, line.subscription);
  }
}

void PeerConnections::close(PeerId id, Timestamp now) {
  Peer* peer = find(id);
  if (peer == nullptr) return;
  if (peer->transport != nullptr) peer->transport->close(now);
  destroy(id);
}

void PeerConnections::close_all(Timestamp now) {
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
      !std::ranges::equal(peer.transport->remote_fingerprints().span(), fingerprints.span())) {
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
}

void PeerConnections::request_keyframe(StreamHandle stream) { dataplane_.request_keyframe(stream); }

PeerConnections::Peer* PeerConnections::find(PeerId id) {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : &found->second;
}

std::optional<PeerId> PeerConnections::find_by_transport(TransportHandle transport) const {
  const auto found = by_transport_.find(transport.bits());
  return found == by_transport_.end() ? std::nullopt : std::optional(found->second);
}

MediaCounts PeerConnections::counts() const {
  return {peers_.size(), handshakes_.in_flight(), placement_.room_count()};
}

bool PeerConnections::poll(Timestamp now, MediaEvents& events) {
  now_ = now;
  const bool worked = dataplane_.poll(now, *this);
  for (std::size_t i = 0; i < connecting_.size(); ++i) {
    Peer* peer = find(connecting_[i]);
    if (now < peer->transport->next_timeout()) continue;
    peer->transport->handle_timeout(now);
    changed_.push_back(connecting_[i]);
  }
  // Peers may be closed by what the listener does with an event: work on copies, look everything up
  // anew.
  const std::vector<PeerId> changed = std::exchange(changed_, {});
  for (const PeerId id : changed) report(id, now, events);
  for (const MediaChange& change : std::exchange(media_changes_, {})) {
    if (exists(change.peer))
      events.on_media(change.peer, change.mid, change.kind, change.is_receiving, now);
  }
  return worked;
}

Timestamp PeerConnections::next_timeout() const {
  Timestamp next = kNever;
  for (const PeerId id : connecting_)
    next = std::min(next, peers_.at(id).transport->next_timeout());
  return next;
}

// Tells the listener what has become of a peer since the last time.
void PeerConnections::report(PeerId id, Timestamp now, MediaEvents& events) {
  Peer* peer = find(id);
  if (peer == nullptr) return;
  if (peer->transport->state() == TransportState::kEnded) {
    const std::string reason(peer->transport->end_reason());
    destroy(id);
    events.on_closed(id, reason, now);
  } else if (peer->transport->state() == TransportState::kConnected && !peer->is_connected) {
    peer->is_connected = true;
    std::erase(connecting_, id);  // nothing is timed any more: workers watch consent
    events.on_connected(id, now);
  }
}

void PeerConnections::on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                                  std::span<const std::uint8_t> datagram) {
  if (transport.is_null()) {
    handle_stun(worker, path, datagram);
    return;
  }
  const auto id = find_by_transport(transport);
  if (!id) return;
  find(*id)->transport->handle_dtls(path, datagram, now_);
  changed_.push_back(*id);
}

void PeerConnections::handle_stun(WorkerIndex worker, const Path& path,
                                  std::span<const std::uint8_t> datagram) {
  stun::MessageView message;
  if (stun::parse_message(datagram, message) != DropReason::kNone) return;
  const std::string_view username = message.username.value_or(std::string_view{});
  const auto id = ufrags_.find(username.substr(0, username.find(':')));
  if (!id) return;  // an unknown user gets no answer
  Peer* peer = find(*id);
  // The port names the worker: a check that came to another one is for a candidate we never
  // offered.
  if (peer->transport->worker() != worker) return;
  peer->transport->handle_stun(path, message, now_);
  changed_.push_back(*id);
}

void PeerConnections::on_path_selected(TransportHandle transport, const Path& path) {
  if (const auto id = find_by_transport(transport))
    find(*id)->transport->handle_path_selected(path, now_);
}

void PeerConnections::on_consent_expired(TransportHandle transport) {
  const auto id = find_by_transport(transport);
  if (!id) return;
  find(*id)->transport->expire_consent();
  changed_.push_back(*id);
}

void PeerConnections::on_media(StreamHandle stream, bool is_receiving) {
  const auto origin = origins_.find(stream.bits());
  if (origin == origins_.end()) return;
  media_changes_.push_back(
      {origin->second.peer, origin->second.mid, origin->second.kind, is_receiving});
}

}  // namespace penstock
