// Layers of what subscribers receive: part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

void PeerConnections::limit_layers(PeerId id, std::uint32_t mindex, Layer limit) {
  Peer* peer = find(id);
  if (peer == nullptr || mindex >= peer->lines.size()) return;
  SubscriberLine& line = peer->lines[mindex];
  if (line.layer_limit == limit) return;
  line.layer_limit = limit;
  if (!line.subscription.is_null()) dataplane_.limit_layers(line.subscription, limit);
}

void PeerConnections::on_layer(TransportHandle receiver, SubscriptionHandle subscription,
                               Layer layer) {
  const Peer* peer = peer_pool_.resolve(find_by_transport(receiver));
  if (peer == nullptr) return;
  const auto line = std::ranges::find(peer->lines, subscription, &SubscriberLine::subscription);
  if (line == peer->lines.end()) return;
  const auto mindex = static_cast<std::uint32_t>(line - peer->lines.begin());
  // An event that there is no memory for is lost, as on_media has it.
  best_effort([&] { layer_changes_.push_back({peer->id, mindex, layer}); });
}

void PeerConnections::report_layers(Timestamp now, MediaEvents& events) {
  for (const LayerChange& change : std::exchange(layer_changes_, {})) {
    if (exists(change.peer)) events.on_layer(change.peer, change.mindex, change.layer, now);
  }
}

}  // namespace penstock
