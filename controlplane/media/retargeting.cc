// M-lines of subscribers that show another source without an offer, because what was offered for
// them can show it, too: part of peer_connections.h. Why the SSRC stays: docs/adr/0005.
#include <algorithm>

#include "controlplane/media/capacity_error.h"
#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

bool needs_offer(const SubscriberLine& line, const SubscriberMline& wanted) {
  if (line.wanted.is_active != wanted.is_active || line.wanted.kind != wanted.kind) return true;
  if (wanted.kind == MediaKind::kData) return false;
  return wanted.is_active && (line.ssrc == 0 || !can_show(line, wanted));
}

bool changes_stream(const SubscriberLine& line) {
  return !line.subscription.is_null() && line.target.stream != line.wanted.source;
}

}  // namespace

std::expected<bool, MediaError> PeerConnections::retarget(PeerId id,
                                                          std::span<const SubscriberMline> mlines,
                                                          const std::function<void()>& tell) {
  Peer* peer = find(id);
  if (peer == nullptr || peer->role != PeerRole::kSubscriber) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "this peer does not receive"});
  }
  if (mlines.size() < peer->lines.size()) return false;
  mlines = mlines.first(peer->lines.size());  // the others are offered next
  if (!std::ranges::equal(peer->lines, mlines, std::not_fn(needs_offer))) return false;
  std::vector<SubscriberLine> next = peer->lines;
  for (std::size_t i = 0; i < next.size(); ++i) next[i].wanted = mlines[i];
  ScopeGuard undo([&] { cancel_retargets(next); });
  if (const auto prepared = prepare_retargets(next); !prepared)
    return std::unexpected(prepared.error());
  tell();

  // From here on nothing can fail.
  undo.dismiss();
  peer->lines = std::move(next);
  commit_retargets(peer->lines);
  return true;
}

// For all of `lines` whose source is another than their subscription's. On error some are prepared:
// cancel_retargets.
std::expected<void, MediaError> PeerConnections::prepare_retargets(
    std::span<const SubscriberLine> lines) {
  for (const SubscriberLine& line : lines) {
    if (!changes_stream(line)) continue;
    const auto prepared = dataplane_.prepare_retarget(line.subscription, line.wanted.source);
    if (!prepared) return capacity_error(prepared.error());
  }
  return {};
}

void PeerConnections::cancel_retargets(std::span<const SubscriberLine> lines) {
  for (const SubscriberLine& line : lines) {
    if (changes_stream(line)) dataplane_.cancel_retarget(line.subscription);
  }
}

void PeerConnections::commit_retargets(std::span<SubscriberLine> lines) {
  for (SubscriberLine& line : lines) {
    if (!changes_stream(line)) continue;
    line.target.stream = line.wanted.source;
    dataplane_.commit_retarget(line.subscription, line.target);
  }
}

}  // namespace penstock
