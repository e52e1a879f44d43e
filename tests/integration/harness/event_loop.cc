#include "tests/integration/harness/event_loop.h"

#include <poll.h>

#include <algorithm>

#include "tests/integration/harness/child_process.h"

namespace penstock::integration {

Timestamp EventLoop::now() const { return monotonic_now(); }

void EventLoop::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

bool EventLoop::run_until(const std::function<bool()>& condition, Duration limit) {
  const Timestamp deadline = now() + limit;
  for (;;) {
    if (condition()) return true;
    if (now() >= deadline) return false;
    turn(deadline);
  }
}

void EventLoop::turn(Timestamp until) {
  std::vector<pollfd> descriptors;
  Timestamp next = until;
  for (const Pollable* pollable : pollables_) {
    if (pollable->descriptor() >= 0) descriptors.push_back({pollable->descriptor(), POLLIN, 0});
    next = std::min(next, pollable->next_timeout());
  }
  // Conditions may be about what no descriptor tells.
  const Duration wait = std::clamp<Duration>(next - now(), 0, 10 * kMillisecond);
  const timespec timeout{.tv_sec = 0, .tv_nsec = wait};
  ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
  // By index: a turn may add pollables.
  for (std::size_t i = 0; i < pollables_.size(); ++i) pollables_[i]->take_turn(now());
}

}  // namespace penstock::integration
