// What comes up from the data plane, and what is due: part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/stun/message.h"

namespace penstock {

bool PeerConnections::poll(Timestamp now, MediaEvents& events) {
  const Call call(*this, now);
  now_ = now;
  const bool worked = dataplane_.poll(now, *this);
  for (const PeerHandle handle : connecting_) {
    Peer& peer = *peer_pool_.resolve(handle);
    if (now < peer.transport->next_timeout()) continue;
    peer.transport->handle_timeout(now);
    note_changed(handle, peer);
  }
  begin_handshakes(now);
  // Peers may be closed by what the listener does with an event: the lists are apart, and
  // everything is looked up anew.
  changed_.swap(reported_);
  for (const PeerHandle handle : reported_) report(handle, now, events);
  reported_.clear();
  for (const MediaChange& change : std::exchange(media_changes_, {})) {
    if (exists(change.peer))
      events.on_media(change.peer, change.mid, change.kind, change.is_receiving, now);
  }
  return worked;
}

Timestamp PeerConnections::next_timeout() const {
  Timestamp next = waiting_.empty() ? kNever : handshakes_.next_admission();
  for (const PeerHandle handle : connecting_)
    next = std::min(next, peer_pool_.resolve(handle)->transport->next_timeout());
  return next;
}

// After everything that a transport was told of the network or the time.
void PeerConnections::note_changed(PeerHandle handle, Peer& peer) {
  if (!std::exchange(peer.is_changed, true)) changed_.push_back(handle);
  note_waiting(handle, peer);
}

void PeerConnections::note_waiting(PeerHandle handle, Peer& peer) {
  if (peer.transport->wants_handshake() && !std::exchange(peer.is_waiting, true))
    waiting_.push_back(handle);
}

// First come, first served.
void PeerConnections::begin_handshakes(Timestamp now) {
  auto waiting = waiting_.begin();
  for (; waiting != waiting_.end(); ++waiting) {
    Peer& peer = *peer_pool_.resolve(*waiting);
    const bool is_wanted = peer.transport->wants_handshake();  // it may have ended
    if (is_wanted && !handshakes_.admit(now)) break;
    peer.is_waiting = false;
    if (!is_wanted) continue;
    peer.transport->begin_handshake(now);
    note_changed(*waiting, peer);
  }
  waiting_.erase(waiting_.begin(), waiting);
  // Those who came last are the ones that were not counted yet.
  for (auto late = waiting_.rbegin(); late != waiting_.rend(); ++late) {
    if (std::exchange(peer_pool_.resolve(*late)->is_delayed, true)) break;
    ++stats_.dtls_handshakes_delayed;
  }
}

// Tells the listener what has become of a peer since the last time.
void PeerConnections::report(PeerHandle handle, Timestamp now, MediaEvents& events) {
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  peer->is_changed = false;
  if (peer->transport->state() == TransportState::kEnded) {
    destroy(handle, now);
    events.on_closed(peer->id, peer->transport->end_reason(), now);
  } else if (peer->transport->state() == TransportState::kConnected && !peer->is_connected) {
    peer->is_connected = true;
    stop_timers(*peer);  // nothing is timed any more: workers watch consent
    events.on_connected(peer->id, now);
  }
}

PeerHandle PeerConnections::find_by_transport(TransportHandle transport) const {
  const auto found = by_transport_.find(transport.bits());
  return found == by_transport_.end() ? PeerHandle{} : found->second;
}

void PeerConnections::on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                                  std::span<const std::uint8_t> datagram) {
  if (transport.is_null()) {
    handle_stun(worker, path, datagram);
    return;
  }
  const PeerHandle handle = find_by_transport(transport);
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  peer->transport->handle_dtls(path, datagram, now_);
  note_changed(handle, *peer);
}

void PeerConnections::handle_stun(WorkerIndex worker, const Path& path,
                                  std::span<const std::uint8_t> datagram) {
  stun::MessageView message;
  if (stun::parse_message(datagram, message) != DropReason::kNone) return;
  const std::string_view username = message.username.value_or(std::string_view{});
  const PeerHandle handle =
      ufrags_.find(username.substr(0, username.find(':'))).value_or(PeerHandle{});
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  // The port names the worker: a check that came to another one is for a candidate we never
  // offered.
  if (peer->transport->worker() != worker) return;
  peer->transport->handle_stun(path, message, now_);
  note_changed(handle, *peer);
}

void PeerConnections::on_path_selected(TransportHandle transport, const Path& path) {
  const PeerHandle handle = find_by_transport(transport);
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  peer->transport->handle_path_selected(path, now_);
  note_changed(handle, *peer);
}

void PeerConnections::on_consent_expired(TransportHandle transport) {
  const PeerHandle handle = find_by_transport(transport);
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  peer->transport->expire_consent();
  note_changed(handle, *peer);
}

void PeerConnections::on_media(StreamHandle stream, bool is_receiving) {
  const auto origin = origins_.find(stream.bits());
  if (origin == origins_.end()) return;
  const Peer* peer = peer_pool_.resolve(origin->second.peer);
  // An event that there is no memory for is lost; a worker calls this through code that knows no
  // exceptions.
  best_effort([&] {
    media_changes_.push_back({peer->id, origin->second.mid, origin->second.kind, is_receiving});
  });
}

}  // namespace penstock
