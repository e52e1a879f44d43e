// DPDK's environment (EAL): started once per process by the control thread, which becomes the main
// lcore, and stopped by it. Worker w runs on lcore w + 1. Errors are text for the operator and say
// what to do; what EAL would abort on is checked before it is called.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/api/handles.h"

namespace penstock {

struct EalConfig {
  bool uses_hugepages = false;
  std::vector<std::string> pci_devices{};  // addresses to probe; empty: PCI is not scanned
  std::vector<std::string> vdevs{};        // made at start; ports make their own (port.h)
  std::size_t memory_mib = 256;            // for packet buffers and DPDK's own structures
  std::size_t worker_count = 1;
  std::vector<int> worker_cpus{};        // of worker 0, 1, ...; empty: chosen from those we may use
  bool is_debugging = false;             // EAL's and the drivers' logs to stderr
  std::vector<std::string> arguments{};  // of the operator, behind our own
};

// Which CPUs run what. Several workers share a CPU when there are fewer CPUs than workers.
struct CpuPlan {
  std::vector<int> control;  // the control thread and everything it starts
  std::vector<int> workers;  // one per worker
};

// Spreads workers over the `allowed` CPUs (not empty), leaving the first to the control thread if
// there is more than one; or takes `worker_cpus` as they are. Error: a CPU we may not use, or a
// list of the wrong length.
std::expected<CpuPlan, std::string> plan_cpus(std::span<const int> allowed,
                                              std::size_t worker_count,
                                              std::span<const int> worker_cpus);

class Eal {
 public:
  // The calling thread becomes the main lcore and is pinned to the plan's control CPUs; threads it
  // starts later inherit that. Also ignores SIGIO and blocks the real-time signals in the caller
  // (net_tap wakes workers with them; see worker_loop.h).
  static std::expected<std::unique_ptr<Eal>, std::string> start(const EalConfig& config);
  // Every port must be closed and every worker have returned. A process can start EAL only once.
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  static unsigned lcore_of(WorkerIndex worker) { return worker + 1U; }
  const CpuPlan& cpus() const { return cpus_; }
  // The errors that were logged while devices were probed; EAL goes on without those devices. Empty
  // when debugging.
  const std::string& probe_log() const { return probe_log_; }
  // One line for the startup summary.
  std::string summary() const;

 private:
  Eal(CpuPlan cpus, const EalConfig& config, std::string probe_log);

  CpuPlan cpus_;
  std::string probe_log_;
  bool uses_hugepages_;
  std::size_t memory_mib_;
};

}  // namespace penstock
