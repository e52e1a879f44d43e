// All workers of the server: one Worker on each platform of the host, running on its lcore. Made on
// the control thread after the host has started and the registry exists; stopped with the host. No
// rte_* here.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/api/stats.h"
#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/worker/context.h"

namespace penstock {

struct WorkerGroupConfig {
  std::uint16_t udp_port_base = 0;
  Ipv4UdpChecksum media_checksum = Ipv4UdpChecksum::kNone;
  bool marks_dscp = false;
  std::uint32_t pacing_percent = 0;
  std::uint64_t start_bps = 0;
  Duration consent_timeout = kConsentTimeout;  // kNever: consent does not end
  std::size_t transports_max = 0;
  std::uint64_t seed = 0;
  WallClock wall_clock;                       // `at` on the monotonic clock of the worker threads
  std::vector<RecordingArena*> recordings{};  // of each worker; empty: nothing is recorded
};

class WorkerGroup {
 public:
  // Makes and launches the workers, on the queues or sockets of the host's port. `pools` outlives
  // the group and `host`'s threads. Error: why a thread did not start.
  static std::expected<std::unique_ptr<WorkerGroup>, std::string> start(
      DataplaneHost& host, const Pools& pools, const WorkerGroupConfig& config);
  // After DataplaneHost::stop_workers(), whose threads run what is here, and before its stop(), to
  // which the packets that workers still hold go back.
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  std::size_t size() const;
  const WorkerStats& stats(WorkerIndex worker) const;

 private:
  struct Workers;  // keeps DPDK out of this header
  explicit WorkerGroup(std::unique_ptr<Workers> workers);

  std::unique_ptr<Workers> workers_;
};

}  // namespace penstock
