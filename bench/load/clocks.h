// The clocks of a program that runs in real time.
#pragma once

#include <ctime>
#include <fstream>

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
// How long this thread was ready to run while others had the CPU; 0 if the kernel does not say.
inline Duration thread_waiting_time() {
  std::ifstream file("/proc/thread-self/schedstat");
  Duration running = 0;
  Duration waiting = 0;
  return file >> running >> waiting ? waiting : 0;
}

}  // namespace penstock::load
