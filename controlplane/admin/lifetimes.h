// What the server holds at a moment, and how it got on until then: pools, retire lists, packets,
// workers, the audit, the listeners. A value: taken on the control thread (server_admin.h), made
// into JSON, metrics and text by pure functions (lifetimes_json.h, metrics.h, lifetimes_text.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/admin/auditor.h"
#include "controlplane/admin/stall_watch.h"
#include "controlplane/datachannel/data_stats.h"
#include "controlplane/http/signalling_stats.h"
#include "controlplane/media/media_stats.h"
#include "controlplane/whip/stats.h"
#include "dataplane/api/stats.h"
#include "dataplane/base/histogram.h"
#include "dataplane/base/time.h"
#include "dataplane/pool/pool_report.h"
#include "dataplane/pool/retire_list.h"

namespace penstock {

// A list of objects that were unlinked and wait to be reclaimed.
struct RetireReport {
  std::string_view name;  // a literal: "data plane", "janus", "media"
  std::size_t waiting = 0;
  std::size_t capacity = 0;
  Duration oldest = 0;  // how long the oldest one has waited; 0: none waits
  Histogram waits;      // from retire to reclaim, of all that were reclaimed
};

RetireReport retire_report(std::string_view name, const RetireList& list, Timestamp now);

// A grace period of the workers: somebody must still report a quiescent state.
struct GracePeriodReport {
  bool is_in_progress = false;
  Duration since = 0;  // how long the oldest one has been in progress; 0: none is
};

struct WorkerReport {
  const WorkerStats* stats = nullptr;  // outlives the report
  std::uint64_t iterations = 0;
  std::uint64_t busy_iterations = 0;
  std::uint64_t sleeps = 0;
  Duration busy = 0;  // that iterations with work took, by the clock
  WorkerHeartbeat heartbeat;
};

// What the data port's device counts: it sees what no worker gets to see.
struct PortReport {
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t transmitted_packets = 0;
  std::uint64_t transmitted_bytes = 0;
  std::uint64_t missed_packets = 0;     // its receive ring was full
  std::uint64_t no_buffer_packets = 0;  // no packet buffer was free
  std::uint64_t receive_errors = 0;
  std::uint64_t transmit_errors = 0;
  std::uint64_t too_large_packets = 0;  // not sent, a link on their way has a smaller MTU
  std::uint64_t link_changes = 0;       // how often the link came or went
  bool is_link_up = false;
};

// What is written of what publishers send.
struct RecordingReport {
  std::uint64_t recorders = 0;  // publishers that are recorded
  std::uint64_t files = 0;      // of theirs
  std::uint64_t finished = 0;   // the rest since the start
  std::uint64_t failed = 0;     // of the files, which ended by themselves
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;           // packets for which an arena had no room
  std::uint64_t waiting_bytes = 0;  // in arenas
  std::uint64_t free_bytes = 0;     // on the disk
};

struct Lifetimes {
  PoolReports pools;
  PacketCounts packets;
  PortReport port;
  std::size_t heap_bytes = 0;  // that the process has from malloc
  std::vector<RetireReport> retire;
  GracePeriodReport grace_period;
  std::vector<WorkerReport> workers;
  MediaStats media;
  DataStats data;
  std::size_t dtls_jobs = 0;  // associations that the DTLS threads have, those of closed peers too
  AuditReport audit;
  SignallingStats signalling;
  whip::Stats whip;
  std::optional<RecordingReport> recordings;  // none: nothing is recorded on this server
};

}  // namespace penstock
