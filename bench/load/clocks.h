// The clocks of a program that runs in real time.
#pragma once

#include <ctime>

#include "dataplane/base/time.h"

namespace penstock::load {

inline Timestamp read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// For everything that is planned.
inline Timestamp monotonic_now() { return read_clock(CLOCK_MONOTONIC); }
// As in the kernel's receive time stamps.
inline Timestamp wall_now() { return read_clock(CLOCK_REALTIME); }
inline Duration thread_cpu_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace penstock::load
