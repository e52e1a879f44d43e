#include "controlplane/whip/session_table.h"

#include <utility>

#include "dataplane/base/scope_guard.h"

namespace penstock::whip {

SessionTable::SessionTable(std::size_t sessions_max)
    : pool_("WHIP sessions", sessions_max), retired_(sessions_max), timers_(sessions_max) {}

Session* SessionTable::add(std::string id, PeerId peer, HttpApi api,
                           std::optional<IpAddress> network) {
  const Handle<Session> added = pool_.allocate(std::move(id), peer, api);
  if (added.is_null()) return nullptr;
  Session& session = *pool_.resolve(added);
  ScopeGuard undo([&] {
    by_id_.erase(session.id);
    by_peer_.erase(peer);
    pool_.discard(added);
  });
  by_id_.emplace(session.id, added);
  by_peer_.emplace(peer, added);
  networks_.add(network);
  session.network = network;
  undo.dismiss();
  return &session;
}

Session* SessionTable::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : pool_.resolve(found->second);
}

Session* SessionTable::find_peer(PeerId peer) const {
  const auto found = by_peer_.find(peer);
  return found == by_peer_.end() ? nullptr : pool_.resolve(found->second);
}

Session* SessionTable::first() const {
  return by_id_.empty() ? nullptr : pool_.resolve(by_id_.begin()->second);
}

void SessionTable::retire(Session& session, Timestamp now) {
  const auto found = by_peer_.find(session.peer);
  if (found == by_peer_.end()) return;
  const Handle<Session> handle = found->second;
  timers_.remove(handle);
  by_peer_.erase(found);
  by_id_.erase(by_id_.find(session.id));
  networks_.remove(session.network);
  retired_.retire(pool_, handle, now);
}

void SessionTable::set_timer(const Session& session, Timestamp at) {
  const auto found = by_peer_.find(session.peer);
  if (found == by_peer_.end()) return;
  if (at == kNever) {
    timers_.remove(found->second);
  } else {
    timers_.set(found->second, at);
  }
}

Session* SessionTable::take_due(Timestamp now) {
  if (timers_.next() > now || timers_.size() == 0) return nullptr;
  const Handle<Session> due = timers_.first();
  timers_.remove(due);
  return pool_.resolve(due);
}

}  // namespace penstock::whip
