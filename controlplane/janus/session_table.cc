#include "controlplane/janus/session_table.h"

#include <algorithm>

#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

SessionTable::SessionTable(std::size_t sessions_max, std::size_t handles_max,
                           Duration session_timeout)
    : sessions_max_(sessions_max),
      session_timeout_(session_timeout),
      session_pool_("sessions", sessions_max),
      handle_pool_("handles", handles_max),
      retired_(sessions_max + handles_max) {}

Session* SessionTable::find(std::uint64_t id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : session_pool_.resolve(found->second);
}

Session* SessionTable::add(std::uint64_t id, std::optional<IpAddress> network, TokenBucket bucket,
                           UnreadMemory& unread, UnreadQueue::Options events) {
  const Handle<Session> added =
      session_pool_.allocate(id, network, bucket, unread, std::move(events));
  if (added.is_null()) return nullptr;
  Session& session = *session_pool_.resolve(added);
  ScopeGuard undo([&] {
    timers_.erase({session.armed_at, id});
    sessions_.erase(id);
    session_pool_.discard(added);
  });
  sessions_.emplace(id, added);
  timers_.emplace(session.armed_at, id);
  networks_.add(network);
  undo.dismiss();
  return &session;
}

void SessionTable::uncount(const Session& session) {
  timers_.erase({session.armed_at, session.id});
  networks_.remove(session.network);
}

void SessionTable::discard(Session& session) {
  const auto found = sessions_.find(session.id);
  const Handle<Session> handle = found->second;
  uncount(session);
  sessions_.erase(found);
  session_pool_.discard(handle);
}

void SessionTable::retire(Session& session, Timestamp now) {
  const auto found = sessions_.find(session.id);
  uncount(session);
  retired_.retire(session_pool_, found->second, now);
  sessions_.erase(found);
}

SessionHandle* SessionTable::find_handle(HandleId id) const {
  const auto found = handles_.find(id);
  return found == handles_.end() ? nullptr : handle_pool_.resolve(found->second);
}

Session* SessionTable::session_of(HandleId id) const {
  const SessionHandle* found = find_handle(id);
  return found == nullptr ? nullptr : session_pool_.resolve(found->session);
}

SessionHandle* SessionTable::add_handle(Session& session, HandleId id, std::string_view opaque_id) {
  const Handle<SessionHandle> added =
      handle_pool_.allocate(id, sessions_.at(session.id), opaque_id);
  if (added.is_null()) return nullptr;
  ScopeGuard undo([&] {
    session.handles.erase(id);
    handle_pool_.discard(added);
  });
  session.handles.emplace(id, added);
  handles_.emplace(id, added);
  undo.dismiss();
  return handle_pool_.resolve(added);
}

void SessionTable::discard_handle(Session& session, HandleId id) {
  const auto found = handles_.find(id);
  session.handles.erase(id);
  handle_pool_.discard(found->second);
  handles_.erase(found);
}

void SessionTable::retire_handle(Session& session, HandleId id, Timestamp now) {
  const auto found = handles_.find(id);
  retired_.retire(handle_pool_, found->second, now);
  handles_.erase(found);
  session.handles.erase(id);
}

void SessionTable::touch(Session& session, Timestamp now) {
  session.last_activity = now;
  arm(session);
}

Timestamp SessionTable::deadline_of(const Session& session) const {
  if (session.poll) return session.poll->deadline;
  if (session.owner == Session::Owner::kNobody) return session.claim_deadline;
  return session_timeout_ > 0 ? session.last_activity + session_timeout_ : kNever;
}

// Moves the session's entry.
void SessionTable::set_timer(Session& session, Timestamp deadline) {
  if (deadline == session.armed_at) return;
  auto entry = timers_.extract({session.armed_at, session.id});
  entry.value().first = deadline;
  timers_.insert(std::move(entry));
  session.armed_at = deadline;
}

Session* SessionTable::take_due(Timestamp now) {
  const Timestamp next = next_deadline();
  if (next == kNever || next > now) return nullptr;
  Session& session = *find(timers_.begin()->second);
  set_timer(session, kNever);
  return &session;
}

std::size_t SessionTable::timers() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(timers_, [](const auto& timer) { return timer.first != kNever; }));
}

void SessionTable::report_pools(PoolReports& out) const {
  out.push_back(session_pool_.report());
  out.push_back(handle_pool_.report());
}

}  // namespace penstock::janus
