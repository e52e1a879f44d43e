#include "dataplane/dpdk/worker_threads.h"

#include <rte_launch.h>
#include <rte_lcore.h>

#include "dataplane/base/check.h"
#include "dataplane/dpdk/eal.h"

namespace penstock {

WorkerThreads::WorkerThreads(std::size_t worker_count, const PollingConfig& polling, Qsbr& qsbr)
    : qsbr_(qsbr) {
  for (std::size_t i = 0; i < worker_count; ++i) {
    const auto index = static_cast<WorkerIndex>(i);
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->config = {.worker = index, .polling = polling, .qsbr = &qsbr};
    qsbr_.register_worker(index);
  }
}

WorkerThreads::~WorkerThreads() {
  stop();
  for (const auto& thread : threads_) {
    qsbr_.unregister_worker(thread->config.worker);
  }
}

int WorkerThreads::run_thread(void* thread) {
  auto* self = static_cast<Thread*>(thread);
  self->run();
  self->has_returned.store(true, std::memory_order_release);
  return 0;
}

std::expected<void, std::string> WorkerThreads::launch_on_lcore(WorkerIndex index) {
  Thread& thread = *threads_[index];
  const unsigned lcore = Eal::lcore_of(index);
  if (rte_lcore_is_enabled(lcore) == 0 || rte_eal_remote_launch(&run_thread, &thread, lcore) != 0) {
    return std::unexpected("worker " + std::to_string(index) + " cannot run on lcore " +
                           std::to_string(lcore));
  }
  thread.is_running = true;
  return {};
}

void WorkerThreads::stop() {
  for (const auto& thread : threads_) {
    thread->control.must_stop.store(true, std::memory_order_release);
  }
  for (const auto& thread : threads_) {
    if (thread->is_running) {
      rte_eal_wait_lcore(Eal::lcore_of(thread->config.worker));
      PENSTOCK_CHECK(thread->has_returned.load(std::memory_order_acquire));
      thread->is_running = false;
    }
  }
}

void WorkerThreads::pause(WorkerIndex index) {
  Thread& thread = *threads_[index];
  thread.control.must_pause.store(true, std::memory_order_release);
  while (thread.is_running && !thread.control.is_paused.load(std::memory_order_acquire)) {
    sleep_for(100 * kMicrosecond);
  }
}

void WorkerThreads::resume(WorkerIndex index) {
  threads_[index]->control.must_pause.store(false, std::memory_order_release);
}

}  // namespace penstock
