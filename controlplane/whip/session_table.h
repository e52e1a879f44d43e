// The sessions of WHIP and WHEP: in a pool of fixed size, found by their secret id and by their
// connection, with one timer each, and how many sessions each client has. Owned by the Service;
// control thread. Who is retired cannot be found from then on, and can be used by the call that
// retired it until end_of_call.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controlplane/media/deadline_queue.h"
#include "controlplane/media/media.h"
#include "controlplane/signalling/network_counts.h"
#include "controlplane/whip/session.h"
#include "dataplane/pool/control_retire_list.h"
#include "dataplane/pool/object_pool.h"
#include "dataplane/pool/ownership_walk.h"

namespace penstock::whip {

class SessionTable {
 public:
  explicit SessionTable(std::size_t sessions_max);
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // Null: all are in use. Takes memory; then nothing has changed. `id` and `peer` are free.
  Session* add(std::string id, PeerId peer, HttpApi api, std::optional<IpAddress> network);
  Session* find(std::string_view id) const;
  Session* find_peer(PeerId peer) const;
  std::size_t count_of(const IpAddress& network) const { return networks_.of(network); }
  // Needs no memory.
  void retire(Session& session, Timestamp now);

  // The session is due at `at`; kNever: never.
  void set_timer(const Session& session, Timestamp at);
  Timestamp next_deadline() const { return timers_.next(); }
  // One that is due; its timer is taken away. Null: none is.
  Session* take_due(Timestamp now);

  void end_of_call(Timestamp now) { retired_.end_of_call(now); }

  std::size_t size() const { return by_id_.size(); }
  std::size_t networks() const { return networks_.size(); }
  std::size_t timers() const { return timers_.size(); }
  // Any one; null: there is none.
  Session* first() const;
  const RetireList& retired() const { return retired_.list(); }
  void report_pools(PoolReports& out) const { out.push_back(pool_.report()); }
  // Marks every session; `mark_peer(PeerId)` marks its connection.
  template <typename MarkPeer>
  void walk_ownership(OwnershipWalk& walk, MarkPeer&& mark_peer) const {
    walk.expect(pool_);
    for (const auto& [id, session] : by_id_) {
      if (walk.mark(pool_, session)) mark_peer(pool_.resolve(session)->peer);
    }
  }

 private:
  ObjectPool<Session> pool_;
  ControlRetireList retired_;
  DeadlineQueue<Session> timers_;
  std::map<std::string, Handle<Session>, std::less<>> by_id_;
  std::unordered_map<PeerId, Handle<Session>> by_peer_;
  NetworkCounts networks_;  // of sessions
};

}  // namespace penstock::whip
