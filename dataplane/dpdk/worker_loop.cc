#include "dataplane/dpdk/worker_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

namespace penstock {

Duration IdlePolicy::next_sleep(Timestamp now, bool had_work, bool has_transports) {
  if (had_work || config_.mode == PollingMode::kSpin) {
    last_work_ = now;
    last_sleep_ = 0;
    return 0;
  }
  if (now - last_work_ < config_.spin) {
    return 0;
  }
  const Duration longest = has_transports ? config_.sleep_active_max : config_.sleep_idle_max;
  last_sleep_ = std::min(std::max(config_.sleep_min, 2 * last_sleep_), longest);
  return last_sleep_;
}

void prepare_worker_thread() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  ::prctl(PR_SET_TIMERSLACK, 1'000UL, 0, 0, 0);
}

Timestamp monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

void sleep_for(Duration ns) {
  const timespec time{.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
  ::nanosleep(&time, nullptr);
}

void stay_paused(WorkerControl& control) {
  control.is_paused.store(true, std::memory_order_release);
  while (control.must_pause.load(std::memory_order_acquire) &&
         !control.must_stop.load(std::memory_order_acquire)) {
    sleep_for(100 * kMicrosecond);
  }
  control.is_paused.store(false, std::memory_order_release);
}

}  // namespace penstock
