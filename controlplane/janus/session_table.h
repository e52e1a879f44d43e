// The sessions of the Janus API and their handles, by id: in pools of fixed size, with one timer
// for each session, and how many sessions each client has. What they mean to others, who owns them
// and who is told of their end is the core's, which owns this; control thread.
//
// Who is retired cannot be found from then on, and can be used by the call that retired it until
// end_of_call. What takes memory says so and changes nothing without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "controlplane/janus/session.h"
#include "controlplane/signalling/network_counts.h"
#include "dataplane/pool/control_retire_list.h"
#include "dataplane/pool/object_pool.h"
#include "dataplane/pool/ownership_walk.h"

namespace penstock::janus {

class SessionTable {
 public:
  // `session_timeout`: without a request (config.h).
  SessionTable(std::size_t sessions_max, std::size_t handles_max, Duration session_timeout);
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // --- Sessions ---------------------------------------------------------------------------------
  Session* find(std::uint64_t id) const;
  bool is_full() const { return sessions_.size() >= sessions_max_; }
  // A new one, whose id is free, without a timer. It counts for the network, if there is one. Null:
  // all are in use. Takes memory; `unread` outlives it.
  Session* add(std::uint64_t id, std::optional<IpAddress> network, TokenBucket bucket,
               UnreadMemory& unread, UnreadQueue::Options events);
  // In the call that has added it: it never was there.
  void discard(Session& session);
  // Its handles have been retired.
  void retire(Session& session, Timestamp now);
  std::size_t count_of(const IpAddress& network) const { return networks_.of(network); }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, session] : sessions_) visit(*session_pool_.resolve(session));
  }

  // --- Handles ----------------------------------------------------------------------------------
  SessionHandle* find_handle(HandleId id) const;
  // Whose it is; null: there is no such handle.
  Session* session_of(HandleId id) const;
  Session& session_of(const SessionHandle& handle) const {
    return *session_pool_.resolve(handle.session);
  }
  // Whether the id is that of a session or of a handle.
  bool has_id(std::uint64_t id) const { return sessions_.contains(id) || handles_.contains(id); }
  // As with sessions.
  SessionHandle* add_handle(Session& session, HandleId id, std::string_view opaque_id);
  void discard_handle(Session& session, HandleId id);
  void retire_handle(Session& session, HandleId id, Timestamp now);

  // --- Timers -----------------------------------------------------------------------------------
  // The client has asked for something, or was answered: its time begins anew.
  void touch(Session& session, Timestamp now);
  // Behind each change of what the session waits for: its long poll's deadline, the claim's, its
  // client's silence. Needs no memory.
  void arm(Session& session) { set_timer(session, deadline_of(session)); }
  Timestamp next_deadline() const {
    return timers_.begin() == timers_.end() ? kNever : timers_.begin()->first;
  }
  // The one whose timer has rung first; its timer is taken away. Null: none has.
  Session* take_due(Timestamp now);

  // Nobody has a pointer to anything in here any more: what was retired is freed.
  void end_of_call(Timestamp now) { retired_.end_of_call(now); }

  // What is alive: sessions, handles, timers that are set, and networks that are counted.
  std::size_t sessions() const { return sessions_.size(); }
  std::size_t handles() const { return handles_.size(); }
  std::size_t timers() const;
  std::size_t networks() const { return networks_.size(); }
  const RetireList& retired() const { return retired_.list(); }
  void report_pools(PoolReports& out) const;
  // Marks every session and every handle; `mark_peer(HandleId)` marks a handle's connection.
  template <typename MarkPeer>
  void walk_ownership(OwnershipWalk& walk, MarkPeer&& mark_peer) const {
    walk.expect(session_pool_);
    walk.expect(handle_pool_);
    for (const auto& [id, session] : sessions_) {
      if (!walk.mark(session_pool_, session)) continue;
      for (const auto& [handle_id, handle] : session_pool_.resolve(session)->handles) {
        walk.mark(handle_pool_, handle);
        mark_peer(handle_id);
      }
    }
  }

 private:
  void uncount(const Session& session);
  Timestamp deadline_of(const Session& session) const;
  void set_timer(Session& session, Timestamp deadline);

  const std::size_t sessions_max_;
  const Duration session_timeout_;
  ObjectPool<Session> session_pool_;
  ObjectPool<SessionHandle> handle_pool_;
  ControlRetireList retired_;
  std::unordered_map<std::uint64_t, Handle<Session>> sessions_;
  std::unordered_map<HandleId, Handle<SessionHandle>> handles_;  // of all sessions
  NetworkCounts networks_;                                       // of sessions
  std::set<std::pair<Timestamp, std::uint64_t>> timers_;  // one for each session; kNever: none
};

}  // namespace penstock::janus
