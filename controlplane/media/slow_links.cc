// Whose way loses much, by the reports of receivers: ours on what comes in, those of peers on what
// is sent to them. Part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// Workers write their reports about as often.
constexpr Duration kRoundInterval = kSecond;
// Of one turn, so that it has an end.
constexpr std::size_t kPeersPerTurn = 64;

// What of an SSRC was lost since the last look; of one that is new, nothing. Notes the look in
// `next`.
std::uint64_t lost_since(const std::vector<LostPackets>& before, const RtpReport& report,
                         std::vector<LostPackets>& next) {
  if (report.ssrc == 0) return 0;
  next.push_back({report.ssrc, report.packets_lost});
  const auto found = std::ranges::find(before, report.ssrc, &LostPackets::ssrc);
  if (found == before.end()) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(report.packets_lost - found->count, 0));
}

}  // namespace

Timestamp PeerConnections::next_loss_watch() const {
  if (config_.slow_link_packets == 0 || peers_.empty()) return kNever;
  return losses_due_.empty() ? next_loss_round_at_ : now_;
}

// True if there is more to do.
bool PeerConnections::watch_losses(Timestamp now, MediaEvents& events) {
  if (now < next_loss_watch()) return false;
  if (losses_due_.empty()) {
    next_loss_round_at_ = now + kRoundInterval;
    best_effort([&] {
      losses_due_.reserve(peers_.size());
      for (const auto& [id, handle] : peers_) losses_due_.push_back(id);
    });
  }
  for (std::size_t left = kPeersPerTurn; left > 0 && !losses_due_.empty(); --left) {
    Peer* peer = find(losses_due_.back());
    losses_due_.pop_back();
    if (peer == nullptr || !peer->is_connected) continue;
    best_effort([&] { look_at_losses(*peer, now, events); });
  }
  return !losses_due_.empty();
}

// Whoever is told may close the peer: it is told last.
void PeerConnections::look_at_losses(Peer& peer, Timestamp now, MediaEvents& events) {
  std::vector<LostPackets> losses;
  std::vector<std::pair<std::string, SlowLink>> slow;
  const auto judge = [&](std::string mid, SlowLink link) {
    if (link.lost >= config_.slow_link_packets) slow.emplace_back(std::move(mid), link);
  };
  for (const StreamHandle stream : peer.streams) {
    const auto origin = origins_.find(stream.bits());
    if (origin == origins_.end()) continue;
    SlowLink link{.kind = origin->second.kind, .is_uplink = true};
    for (const RtpReport& report : dataplane_.reports_on(stream))
      link.lost += lost_since(peer.losses, report, losses);
    judge(origin->second.mid, link);
  }
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    const SubscriberLine& line = peer.lines[i];
    const auto report = dataplane_.report_on(line.subscription);
    if (!report) continue;
    judge(mid_of(line, i),
          {.kind = line.wanted.kind, .lost = lost_since(peer.losses, *report, losses)});
  }
  peer.losses = std::move(losses);
  const PeerId id = peer.id;
  for (auto& [mid, link] : slow) {
    link.mid = mid;
    if (exists(id)) events.on_slow_link(id, link, now);
  }
}

}  // namespace penstock
