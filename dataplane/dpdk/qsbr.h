// Internal header (includes rte_*). Grace periods by rte_rcu_qsbr: a worker reports, once per loop
// iteration, that it holds no pointer resolved from a pool; a token's grace period has ended once
// every online worker has reported after it was started. A worker that sleeps goes offline first
// and is not waited for. start() and has_ended() on any thread; the rest on the worker's own.
#pragma once

#include <rte_rcu_qsbr.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/api/handles.h"
#include "dataplane/dpdk/aligned_memory.h"

namespace penstock {

class Qsbr {
 public:
  using Token = std::uint64_t;

  explicit Qsbr(std::size_t worker_count);

  // A registered worker starts offline.
  void register_worker(WorkerIndex worker);
  void unregister_worker(WorkerIndex worker);

  void go_online(WorkerIndex worker) { rte_rcu_qsbr_thread_online(qsbr(), worker); }
  void go_offline(WorkerIndex worker) { rte_rcu_qsbr_thread_offline(qsbr(), worker); }
  void report_quiescent(WorkerIndex worker) { rte_rcu_qsbr_quiescent(qsbr(), worker); }

  Token start();
  // Never waits.
  bool has_ended(Token token);

 private:
  rte_rcu_qsbr* qsbr() { return static_cast<rte_rcu_qsbr*>(memory_.get()); }

  const std::size_t worker_count_;
  AlignedMemory memory_;
};

}  // namespace penstock
