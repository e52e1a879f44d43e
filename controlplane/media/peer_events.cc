// What comes up from the data plane, and what is due: part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/stun/message.h"

namespace penstock {
namespace {

// Of one turn, so that it has an end.
constexpr std::size_t kTimersPerPoll = 64;
// A handshake is four of them; without threads each takes a quarter of a millisecond here.
constexpr std::size_t kDtlsJobsPerPoll = 8;

}  // namespace

bool PeerConnections::poll(Timestamp now, MediaEvents& events) {
  const Call call(*this, now);
  now_ = now;
  bool has_more = dataplane_.poll(now, *this);
  has_more = handle_timers(now) || has_more;
  begin_handshakes(now);
  best_effort([&] { data_relay_.flush(now, *this); });
  for (const PeerHandle handle : changed_) peer_pool_.resolve(handle)->transport->run_dtls(now);
  has_more = take_dtls_jobs(now) || has_more;
  // Peers may be closed by what the listener does with an event: the lists are apart, and
  // everything is looked up anew.
  changed_.swap(reported_);
  for (const PeerHandle handle : reported_) report(handle, now, events);
  reported_.clear();
  for (const MediaChange& change : std::exchange(media_changes_, {})) {
    if (exists(change.peer))
      events.on_media(change.peer, change.mid, change.kind, change.is_receiving, now);
  }
  report_layers(now, events);
  has_more = watch_losses(now, events) || has_more;
  for (const TalkChange& change : std::exchange(talk_changes_, {})) {
    if (exists(change.peer))
      events.on_talking(change.peer, change.mid, change.is_talking, change.level, now);
  }
  report_recordings(now, events);
  return has_more || data_relay_.has_ready();
}

Timestamp PeerConnections::next_timeout() const {
  if (data_relay_.has_ready()) return now_;
  const Timestamp next = std::min({timers_.next(), data_relay_.next_timeout(), next_loss_watch()});
  if (waiting_.empty() || !dtls_jobs_.has_room()) return next;
  return std::min(next, handshakes_.next_admission());
}

// After everything that may have changed when the transport is due. Nothing of a connected peer is
// timed: workers watch consent.
void PeerConnections::set_timer(PeerHandle handle, const Peer& peer) {
  if (peer.is_connected) {
    timers_.remove(handle);
  } else {
    timers_.set(handle, peer.transport->next_timeout());
  }
}

// True if more of them are due.
bool PeerConnections::handle_timers(Timestamp now) {
  for (std::size_t left = kTimersPerPoll; left > 0 && timers_.next() <= now; --left) {
    const PeerHandle handle = timers_.first();
    Peer& peer = *peer_pool_.resolve(handle);
    peer.transport->handle_timeout(now);
    note_changed(handle, peer);
    timers_.set(handle, kNever);  // until report() knows better
  }
  return timers_.next() <= now;
}

// True if there may be more.
bool PeerConnections::take_dtls_jobs(Timestamp now) {
  std::size_t left = kDtlsJobsPerPoll;
  while (std::unique_ptr<DtlsJob> job = dtls_jobs_.take_done(now, left)) {
    const PeerHandle handle = find_by_transport(job->owner);
    Peer* peer = peer_pool_.resolve(handle);
    PENSTOCK_CHECK(peer != nullptr);  // what is destroyed gives its association up
    const auto data = std::exchange(job->data_received, {});
    peer->transport->take_dtls(std::move(job));
    take_data(*peer, data, now);
    peer->transport->run_dtls(now);
    note_changed(handle, *peer);
  }
  return left < kDtlsJobsPerPoll;
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
    if (is_wanted && (!dtls_jobs_.has_room() || !handshakes_.admit(now))) break;
    peer.is_waiting = false;
    if (!is_wanted) continue;
    peer.transport->begin_handshake();
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
    if (peer->transport->has_remote()) ended_.remember(peer->id, peer->remote_origin);
    destroy(handle, now);
    events.on_closed(peer->id, peer->transport->end_reason(), now);
  } else if (peer->transport->state() == TransportState::kConnected && !peer->is_connected) {
    peer->is_connected = true;
    set_timer(handle, *peer);
    events.on_connected(peer->id, now);
  } else {
    set_timer(handle, *peer);
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
  peer->transport->handle_dtls(path, datagram);
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

void PeerConnections::on_talking(StreamHandle stream, bool is_talking, float level) {
  const auto origin = origins_.find(stream.bits());
  if (origin == origins_.end()) return;
  const Peer* peer = peer_pool_.resolve(origin->second.peer);
  best_effort([&] { talk_changes_.push_back({peer->id, origin->second.mid, is_talking, level}); });
}

}  // namespace penstock
