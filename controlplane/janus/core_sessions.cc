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
    if (id != 0 && !table_.has_id(id) && !guests_.contains(id) && !media_.exists(id)) return id;
  }
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
  if (session.poll) polls_.answer(session);
  if (session.owner == Session::Owner::kChannel) {
    const auto channel = channels_.find(session.channel);
    if (channel != channels_.end()) channel->second.sessions.erase(session.id);
  }
  session.owner = Session::Owner::kNobody;
}

// The one end of a handle.
void Core::end_handle(Session& session, HandleId handle) {
  cancel_waiting(*table_.find_handle(handle));
  close_connection(handle, "Detach", now_);
  videoroom_.detach(table_.find_handle(handle)->attachment, now_);
  best_effort([&] { send_event(session, handle_event("detached", session, handle)); });
  table_.retire_handle(session, handle, now_);
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
      disown(session);
      table_.retire(session, now_);
    }
    done += 1 + outbox_.size() / kToldPerEnding;
    outbox_.deliver(now_);
  }
}

Timestamp Core::next_timeout() const {
  const Timestamp next =
      std::min({table_.next_deadline(), videoroom_.next_timeout(), waiting_.next_timeout(now_)});
  return videoroom_.is_due() || !ending_.empty() ? std::min(next, now_) : next;
}

void Core::handle_timeout(Timestamp now) {
  now_ = now;
  videoroom_.handle_timeout(now);
  run_waiting();
  finish_call();
  for (std::size_t left = kTimeoutsPerTurn; left > 0; --left) {
    Session* due = table_.take_due(now);
    if (due == nullptr) break;
    Session& session = *due;
    if (session.poll) {
      polls_.answer(session);
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
  table_.for_each([this](Session& session) { end_later(session); });
  do {
    finish_call();
  } while (!ending_.empty());
  while (!guests_.empty()) leave(guests_.begin()->first, now);
  videoroom_.close_all(now);
  finish_call();
}

Counts Core::counts() const {
  Counts counts{.channels = channels_.size(),
                .sessions = table_.sessions(),
                .handles = table_.handles(),
                .long_polls = polls_.size(),
                .guests = guests_.size(),
                .waiting_handles = waiting_.handles(),
                .timers = table_.timers(),
                .client_networks = table_.networks(),
                .rooms = videoroom_.counts()};
  table_.for_each([&](const Session& session) { counts.queued_events += session.events.size(); });
  return counts;
}

void Core::report_pools(PoolReports& out) const {
  table_.report_pools(out);
  videoroom_.report_pools(out);
}

void Core::walk_ownership(OwnershipWalk& walk) const {
  table_.walk_ownership(walk, [&](HandleId handle) { media_.walk_peer(walk, handle); });
  videoroom_.walk_ownership(walk);
}

}  // namespace penstock::janus
