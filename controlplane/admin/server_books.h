// Keeps the books of the running server: takes what every part holds as one value for the admin
// interface, has it audited once a second, and watches for workers that stand still, for the data
// port's link and for media that does not fit its way out. Made when all parts are there, and gone
// before them. Control thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "controlplane/admin/auditor.h"
#include "controlplane/admin/lifetimes.h"
#include "controlplane/admin/link_watch.h"
#include "controlplane/admin/stall_watch.h"
#include "controlplane/http/signalling_server.h"
#include "controlplane/janus/core.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/whip/service.h"
#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/worker_group.h"
#include "dataplane/registry/registry.h"

namespace penstock {

struct BookParts {
  const DataplaneHost& host;
  const WorkerGroup& workers;
  const Registry& registry;
  const PeerConnections& media;
  const janus::Core& janus;
  const whip::Service& whip;
  const SignallingServer& signalling;
  std::function<std::optional<RecordingReport>()> recordings;
};

// An address of the port that somebody else has, too, is an error that lasts: it is told again.
inline constexpr Duration kConflictTellInterval = 30 * kSecond;

class ServerBooks {
 public:
  ServerBooks(const BookParts& parts, Timestamp now)
      : parts_(parts),
        stall_watch_(parts.workers.size(), now),
        link_watch_(parts.host.stats().is_link_up, now),
        next_(now + kAuditInterval) {}

  // Between calls. Audits and looks at the workers if it is time, and logs what is new. Returns
  // when it is due next.
  Timestamp work(Timestamp now);
  Lifetimes take(Timestamp now) const;

 private:
  void audit();
  void watch_workers(Timestamp now);
  void watch_link(Timestamp now);
  void watch_addresses(Timestamp now);
  void watch_sizes();
  PortReport port_report() const;

  BookParts parts_;
  Auditor auditor_;
  StallWatch stall_watch_;
  LinkWatch link_watch_;
  struct ToldConflict {
    std::uint64_t count = 0;
    Timestamp at = -kConflictTellInterval;
  };
  std::array<ToldConflict, kOwnAddresses> told_conflicts_;
  bool has_warned_of_sizes_ = false;
  Timestamp next_;
};

// The pools of all parts.
PoolReports pool_reports(const BookParts& parts);
PacketCounts packet_counts(const DataplaneHost& host);

}  // namespace penstock
