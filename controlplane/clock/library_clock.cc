#include "controlplane/clock/library_clock.h"

#include <ctime>

namespace penstock {
namespace {

constinit thread_local const timeval* shown_time = nullptr;

}  // namespace

LibraryClock::LibraryClock(const timeval& time) : time_(time), outer_(shown_time) {
  shown_time = &time_;
}

LibraryClock::~LibraryClock() { shown_time = outer_; }

}  // namespace penstock

// Takes the place of the C library's for the whole process; see the header.
extern "C" int gettimeofday(timeval* __restrict time, void* __restrict) noexcept {
  if (penstock::shown_time != nullptr) {
    *time = *penstock::shown_time;
    return 0;
  }
  timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
  return 0;
}
