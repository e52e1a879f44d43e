#include "dataplane/dpdk/start_watchdog.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

namespace penstock {

void StartWatchdog::end_process(const std::string& text) {
  std::fprintf(stderr, "penstock: %s\n", text.c_str());
  ::_exit(1);
}

StartWatchdog::StartWatchdog(std::string text, Duration limit,
                             std::function<void(const std::string&)> on_expiry)
    : text_(std::move(text)),
      on_expiry_(std::move(on_expiry)),
      thread_([this, limit] { watch(limit); }) {}

StartWatchdog::~StartWatchdog() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  over_.notify_one();
  thread_.join();
}

void StartWatchdog::watch(Duration limit) {
  std::unique_lock lock(mutex_);
  if (!over_.wait_for(lock, std::chrono::nanoseconds(limit), [this] { return is_over_; })) {
    on_expiry_(text_);
  }
}

}  // namespace penstock
