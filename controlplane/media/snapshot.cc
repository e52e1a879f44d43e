// How a connection does: part of peer_connections.h.
#include "controlplane/media/peer_connections.h"

namespace penstock {

std::optional<TransportSnapshot> PeerConnections::snapshot(PeerId id) const {
  const Peer* peer = find(id);
  if (peer == nullptr || peer->transport == nullptr) return std::nullopt;
  TransportSnapshot snapshot{
      .is_connected = peer->is_connected,
      .round_trip_ns = dataplane_.round_trip_of(peer->transport->handle()).value_or(0),
      .estimate_bps = dataplane_.estimate_of(peer->transport->handle()).value_or(0),
      .streams = {}};
  for (const StreamHandle stream : peer->streams) {
    const auto origin = origins_.find(stream.bits());
    if (origin == origins_.end()) continue;
    for (const RtpReport& report : dataplane_.reports_on(stream)) {
      snapshot.streams.push_back({.mid = origin->second.mid,
                                  .kind = origin->second.kind,
                                  .is_sent = false,
                                  .report = report});
    }
  }
  for (std::size_t i = 0; i < peer->lines.size(); ++i) {
    const SubscriberLine& line = peer->lines[i];
    const auto report = dataplane_.report_on(line.subscription);
    if (!report) continue;
    snapshot.streams.push_back(
        {.mid = mid_of(line, i), .kind = line.wanted.kind, .is_sent = true, .report = *report});
  }
  return snapshot;
}

}  // namespace penstock
