// Internal header (includes rte_*). The loop around a worker: reads the clock once per iteration,
// runs the worker, and decides whether to sleep. Runs on the worker's lcore; the control thread
// only touches the atomics of WorkerControl.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/api/handles.h"
#include "dataplane/base/time.h"
#include "dataplane/dpdk/polling_config.h"
#include "dataplane/dpdk/qsbr.h"

namespace penstock {

// How long to sleep after iterations without work. A pure function of what it is told.
class IdlePolicy {
 public:
  explicit IdlePolicy(const PollingConfig& config) : config_(config) {}

  // After each iteration; 0: poll again at once.
  Duration next_sleep(Timestamp now, bool had_work, bool has_transports);

 private:
  PollingConfig config_;
  Timestamp last_work_ = 0;
  Duration last_sleep_ = 0;
};

// What a worker's thread has done; written by it alone, read by any thread.
struct alignas(64) WorkerLoopCounters {
  std::atomic<std::uint64_t> iterations = 0;
  std::atomic<std::uint64_t> busy_iterations = 0;
  std::atomic<std::uint64_t> sleeps = 0;
  std::atomic<Duration> busy = 0;                // that iterations with work took, by the clock
  std::atomic<Timestamp> last_iteration_at = 0;  // the heartbeat: when the last one began
};

// One worker's thread as the control thread steers it.
struct alignas(64) WorkerControl {
  std::atomic<bool> must_stop = false;   // control: wo, worker: ro
  std::atomic<bool> must_pause = false;  // control: wo, worker: ro
  std::atomic<bool> is_paused = false;   // control: ro, worker: wo
  WorkerLoopCounters counters;
};

struct WorkerLoopConfig {
  WorkerIndex worker = 0;
  PollingConfig polling;
  Qsbr* qsbr = nullptr;
};

// What the loop does to its thread at start: net_tap's wake-up signals are taken here and nowhere
// else, and timers are not stretched by the kernel's default slack of 50 us.
void prepare_worker_thread();
// CLOCK_MONOTONIC.
Timestamp monotonic_now();
// May return early (a signal announces packets on a TAP device).
void sleep_for(Duration ns);
// While told to pause. The worker stays online in QSBR: to the others it looks stuck.
void stay_paused(WorkerControl& control);

// Runs until told to stop. WorkerT has `std::size_t run_once(Timestamp now)`, which returns the
// number of packets and commands it handled and reports its quiescent state; and may have
// `bool has_transports() const`, and `void wait(Duration)`, which is called instead of sleep_for.
template <typename WorkerT>
void run_worker_loop(WorkerT& worker, const WorkerLoopConfig& config, WorkerControl& control) {
  prepare_worker_thread();
  IdlePolicy idle(config.polling);
  WorkerLoopCounters& counters = control.counters;
  const auto add = [](auto& counter, auto amount) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  };
  Timestamp busy_since = 0;  // 0: the last iteration had no work

  config.qsbr->go_online(config.worker);
  while (!control.must_stop.load(std::memory_order_acquire)) {
    if (control.must_pause.load(std::memory_order_relaxed)) [[unlikely]] {
      stay_paused(control);
    }
    const Timestamp now = monotonic_now();
    counters.last_iteration_at.store(now, std::memory_order_relaxed);
    if (busy_since != 0) {
      add(counters.busy, now - busy_since);
    }
    const bool had_work = worker.run_once(now) > 0;
    busy_since = had_work ? now : 0;
    add(counters.iterations, 1U);
    if (had_work) {
      add(counters.busy_iterations, 1U);
    }
    bool has_transports = true;
    if constexpr (requires { worker.has_transports(); }) {
      has_transports = worker.has_transports();
    }
    if (const Duration sleep = idle.next_sleep(now, had_work, has_transports); sleep > 0) {
      config.qsbr->go_offline(config.worker);
      if constexpr (requires { worker.wait(sleep); }) {
        worker.wait(sleep);
      } else {
        sleep_for(sleep);
      }
      config.qsbr->go_online(config.worker);
      add(counters.sleeps, 1U);
    }
  }
  config.qsbr->go_offline(config.worker);
}

}  // namespace penstock
