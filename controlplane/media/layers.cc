// How much of what there is subscribers receive: part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

void PeerConnections::set_wishes(PeerId id, std::uint32_t mindex, const StreamWishes& wishes) {
  SubscriberLine* line = find_line(id, mindex);
  if (line == nullptr) return;
  const StreamWishes before = std::exchange(line->wishes, wishes);
  if (!line->subscription.is_null()) send_wishes(*line, before);
}

// As far as they are others than `before`.
void PeerConnections::send_wishes(const SubscriberLine& line, const StreamWishes& before) {
  const StreamWishes& now = line.wishes;
  if (now.limit != before.limit) dataplane_.limit_layers(line.subscription, now.limit);
  if (now.priority != before.priority) dataplane_.set_priority(line.subscription, now.priority);
  if (now.fallback != before.fallback) dataplane_.set_fallback(line.subscription, now.fallback);
  if (now.playout_delay != before.playout_delay)
    dataplane_.set_playout_delay(line.subscription, now.playout_delay);
}

void PeerConnections::limit_receiver(PeerId id, std::uint64_t bitrate_bps) {
  const Peer* peer = find(id);
  if (peer == nullptr || !peer->transport) return;
  dataplane_.limit_receiver(peer->transport->handle(), bitrate_bps);
}

std::optional<PeerConnections::ReceivedLine> PeerConnections::line_of(
    TransportHandle receiver, SubscriptionHandle subscription) const {
  const Peer* peer = peer_pool_.resolve(find_by_transport(receiver));
  if (peer == nullptr) return std::nullopt;
  const auto line = std::ranges::find(peer->lines, subscription, &SubscriberLine::subscription);
  if (line == peer->lines.end()) return std::nullopt;
  return ReceivedLine{peer->id, static_cast<std::uint32_t>(line - peer->lines.begin())};
}

// An event that there is no memory for is lost, as on_media has it.
void PeerConnections::on_layer(TransportHandle receiver, SubscriptionHandle subscription,
                               Layer layer) {
  if (const auto line = line_of(receiver, subscription))
    best_effort([&] { layer_changes_.push_back({*line, layer}); });
}

void PeerConnections::on_starved(TransportHandle receiver, SubscriptionHandle subscription,
                                 bool is_starved) {
  if (const auto line = line_of(receiver, subscription))
    best_effort([&] { starvation_changes_.push_back({*line, is_starved}); });
}

void PeerConnections::report_layers(Timestamp now, MediaEvents& events) {
  for (const auto& [line, layer] : std::exchange(layer_changes_, {})) {
    if (exists(line.peer)) events.on_layer(line.peer, line.mindex, layer, now);
  }
  for (const auto& [line, is_starved] : std::exchange(starvation_changes_, {})) {
    if (exists(line.peer)) events.on_starved(line.peer, line.mindex, is_starved, now);
  }
}

}  // namespace penstock
