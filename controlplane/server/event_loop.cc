#include "controlplane/server/event_loop.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace penstock {
namespace {

// Nothing depends on it; it bounds what a forgotten wake-up could cost.
constexpr Duration kSleepMax = kSecond;
// Of connections before the rest has its turn: clients who never stop asking must not keep what the
// workers send up, or memory that is to be reclaimed, waiting.
constexpr int kHandlersPerTurn = 32;

}  // namespace

EventLoop::EventLoop(boost::asio::io_context& io, Doorbell& doorbell, std::vector<Work> works)
    : io_(io),
      doorbell_(doorbell),
      works_(std::move(works)),
      bell_(io, ::dup(doorbell.fd())),
      timer_(io) {
  wait_for_doorbell();
}

Timestamp EventLoop::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<Timestamp>(time.tv_sec) * kSecond + time.tv_nsec;
}

void EventLoop::wait_for_doorbell() {
  bell_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this](const boost::system::error_code& error) {
                     if (error) return;
                     doorbell_.declare_awake();
                     wait_for_doorbell();
                   });
}

// Before more is handled: what a worker adds meanwhile is found by the next look, unrung. A ring
// that has come is read when the bell's own wait ends.
void EventLoop::declare_awake() { doorbell_.declare_awake(false); }

// Setting a timer cancels the wait before, which wakes the loop once for nothing: only done when it
// must ring earlier.
void EventLoop::arm_timer(Timestamp time, Timestamp at) {
  if (at >= armed_for_) return;
  armed_for_ = at;
  timer_.expires_after(std::chrono::nanoseconds(at - time));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) armed_for_ = kNever;
  });
}

Timestamp EventLoop::work(Timestamp time) {
  Timestamp next = kNever;
  for (const Work& work : works_) next = std::min(next, work(time));
  return next;
}

void EventLoop::run(const std::function<bool()>& is_done) {
  while (!is_done()) {
    // Declared first, then looked: what a worker adds after the look rings the bell.
    doorbell_.declare_asleep();
    const Timestamp time = now();
    const Timestamp next = work(time);
    if (next <= time) {
      declare_awake();
      run_ready_handlers();
      continue;
    }
    arm_timer(time, std::min(next, time + kSleepMax));
    io_.run_one();
    declare_awake();
    run_ready_handlers();
  }
}

void EventLoop::run_ready_handlers() {
  for (int i = 0; i < kHandlersPerTurn && io_.poll_one() != 0; ++i) {
  }
}

}  // namespace penstock
