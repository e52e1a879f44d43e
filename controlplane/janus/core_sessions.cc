// Lives of sessions and handles, and the timers.
#include <algorithm>

#include "controlplane/janus/core.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus {
namespace {

// Long polls and sessions: the control thread has others to serve.
constexpr std::size_t kTimeoutsPerTurn = 64;
// Of sessions, handle by handle: a closed WebSocket may have had thousands. Who leaves a large room
// counts for more: so many who are told of it are one more.
constexpr std::size_t kEndingsPerTurn = 64;
constexpr std::size_t kToldPerEnding = 16;

}  // namespace

// 53 bits, so that JavaScript can hold it; never an id that is in use, also not as that of a peer.
std::uint64_t Core::new_id() {
  while (true) {
    const std::uint64_t id = random_.next_u64() & 0x1F'FFFF'FFFF'FFFF;
    if (id != 0 && !sessions_.contains(id) && !handles_.contains(id) && !media_.exists(id)) {
      return id;
    }
  }
}

Session* Core::find(std::uint64_t session_id) const {
  const auto found = sessions_.find(session_id);
  return found == sessions_.end() ? nullptr : session_pool_.resolve(found->second);
}

void Core::own(Session& session, const Caller& caller) {
  session.claim_deadline = kNever;
  session.owner = caller.channel ? Session::Owner::kChannel : Session::Owner::kHttp;
  if (caller.channel) {
    session.channel = *caller.channel;
    channels_.at(*caller.channel).sessions.insert(session.id);
  }
}

void Core::disown(Session& session) {
  if (session.poll) answer_poll(session);
  if (session.owner == Session::Owner::kChannel) {
    const auto channel = channels_.find(session.channel);
    if (channel != channels_.end()) channel->second.sessions.erase(session.id);
  }
  session.owner = Session::Owner::kNobody;
}

// The one end of a handle.
void Core::end_handle(Session& session, HandleId handle) {
  cancel_waiting(*find_handle(handle));
  close_connection(handle, "Detach", now_);
  videoroom_.detach(find_handle(handle)->attachment, now_);
  best_effort([&] { send_event(session, handle_event("detached", session, handle)); });
  retired_.retire(handle_pool_, session.handles.at(handle), now_);
  handles_.erase(handle);
  session.handles.erase(handle);
}

// Others may be looking at rooms in which this session has a part: it ends when they are done.
void Core::end_later(Session& session) {
  if (session.is_ending) return;
  session.is_ending = true;
  ending_.push_back(session);
}

// As many as a turn has time for, those of the session that was over first. What is left is due at
// once. Needs no memory.
void Core::end_sessions_further() {
  for (std::size_t done = 0; done < kEndingsPerTurn && !ending_.empty();) {
    Session& session = ending_.front();
    if (!session.handles.empty()) end_handle(session, session.handles.begin()->first);
    if (session.handles.empty() ||
        test_hooks::is_planted(test_hooks::PlantedBug::kForgetHandlesOfEndedSession)) {
      ending_.pop_front();
      end_session(session);
    }
    done += 1 + outbox_.size() / kToldPerEnding;
    deliver_outbox();
  }
}

// The one end of a session, whose handles have ended.
void Core::end_session(Session& session) {
  const std::uint64_t id = session.id;
  disown(session);
  timers_.erase({session.armed_at, id});
  if (session.network) {
    const auto count = sessions_per_network_.find(*session.network);
    if (--count->second == 0) sessions_per_network_.erase(count);
  }
  retired_.retire(session_pool_, sessions_.at(id), now_);
  sessions_.erase(id);
}

void Core::touch(Session& session) {
  session.last_activity = now_;
  arm(session);
}

Timestamp Core::deadline_of(const Session& session) const {
  if (session.poll) return session.poll->deadline;
  if (session.owner == Session::Owner::kNobody) return session.claim_deadline;
  return config_.session_timeout > 0 ? session.last_activity + config_.session_timeout : kNever;
}

void Core::arm(Session& session) {
  const Timestamp deadline = deadline_of(session);
  if (deadline == session.armed_at) return;
  set_timer(session, deadline);
}

// Moves the session's entry, which needs no memory.
void Core::set_timer(Session& session, Timestamp deadline) {
  auto entry = timers_.extract({session.armed_at, session.id});
  entry.value().first = deadline;
  timers_.insert(std::move(entry));
  session.armed_at = deadline;
}

Timestamp Core::next_timeout() const {
  const Timestamp next =
      std::min({next_deadline(), videoroom_.next_timeout(), waiting_.next_timeout(now_)});
  return videoroom_.is_due() || !ending_.empty() ? std::min(next, now_) : next;
}

Timestamp Core::next_deadline() const { return timers_.empty() ? kNever : timers_.begin()->first; }

void Core::handle_timeout(Timestamp now) {
  now_ = now;
  videoroom_.handle_timeout(now);
  run_waiting();
  finish_call();
  for (std::size_t left = kTimeoutsPerTurn;
       left > 0 && next_deadline() != kNever && next_deadline() <= now; --left) {
    Session& session = *find(timers_.begin()->second);
    set_timer(session, kNever);
    if (session.poll) {
      answer_poll(session);
      touch(session);
      continue;
    }
    best_effort([&] { send_event(session, {{"janus", "timeout"}, {"session_id", session.id}}); });
    end_later(session);
  }
  finish_call();
}

void Core::close_all(Timestamp now) {
  now_ = now;
  for (const auto& [id, session] : sessions_) end_later(*session_pool_.resolve(session));
  do {
    finish_call();
  } while (!ending_.empty());
  videoroom_.close_all(now);
  finish_call();
}

Counts Core::counts() const {
  Counts counts{.channels = channels_.size(),
                .sessions = sessions_.size(),
                .handles = handles_.size(),
                .long_polls = polls_.size(),
                .waiting_handles = waiting_.handles(),
                .timers = static_cast<std::size_t>(std::ranges::count_if(
                    timers_, [](const auto& timer) { return timer.first != kNever; })),
                .client_networks = sessions_per_network_.size(),
                .rooms = videoroom_.counts()};
  for (const auto& [id, session] : sessions_) {
    counts.queued_events += session_pool_.resolve(session)->events.size();
  }
  return counts;
}

void Core::report_pools(PoolReports& out) const {
  out.push_back(session_pool_.report());
  out.push_back(handle_pool_.report());
  videoroom_.report_pools(out);
}

void Core::walk_ownership(OwnershipWalk& walk) const {
  walk.expect(session_pool_);
  walk.expect(handle_pool_);
  for (const auto& [id, session] : sessions_) {
    if (!walk.mark(session_pool_, session)) continue;
    for (const auto& [handle_id, handle] : session_pool_.resolve(session)->handles) {
      walk.mark(handle_pool_, handle);
      media_.walk_peer(walk, handle_id);
    }
  }
  videoroom_.walk_ownership(walk);
}

}  // namespace penstock::janus
