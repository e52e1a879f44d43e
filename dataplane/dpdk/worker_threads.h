// Internal header (includes rte_*). Starts every worker's loop on its lcore and joins it again.
// Used on the control thread; EAL must be running, with an lcore per worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/dpdk/worker_loop.h"

namespace penstock {

class WorkerThreads {
 public:
  // `qsbr` must outlive the threads; workers are registered with it here.
  WorkerThreads(std::size_t worker_count, const PollingConfig& polling, Qsbr& qsbr);
  // Stops and joins.
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  // Runs `worker` (see run_worker_loop) on its lcore until stop(); it must live until then. Each
  // index once.
  template <typename WorkerT>
  std::expected<void, std::string> launch(WorkerIndex index, WorkerT& worker) {
    Thread& thread = *threads_[index];
    thread.run = [&thread, &worker] { run_worker_loop(worker, thread.config, thread.control); };
    return launch_on_lcore(index);
  }

  // Tells all to stop and waits until they have: at most one sleep and one iteration.
  void stop();

  // Makes a worker stand still between two iterations, as if its CPU had been taken away, and
  // returns once it does; resume() lets it go on. For tests.
  void pause(WorkerIndex index);
  void resume(WorkerIndex index);

  std::size_t worker_count() const { return threads_.size(); }
  const WorkerLoopCounters& counters(WorkerIndex index) const {
    return threads_[index]->control.counters;
  }

 private:
  struct Thread {
    WorkerLoopConfig config;
    WorkerControl control;
    std::function<void()> run;
    bool is_running = false;
    // Orders what the worker did before what comes after stop(), in terms of this code alone:
    // DPDK's own joining is in its library.
    std::atomic<bool> has_returned = false;
  };

  static int run_thread(void* thread);
  std::expected<void, std::string> launch_on_lcore(WorkerIndex index);

  std::vector<std::unique_ptr<Thread>> threads_;
  Qsbr& qsbr_;
};

}  // namespace penstock
