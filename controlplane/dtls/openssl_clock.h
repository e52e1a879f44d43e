// What time OpenSSL takes it to be. OpenSSL offers no way to give it the time: it asks
// gettimeofday(2) whether a DTLS flight must be sent again. So this program has a gettimeofday of
// its own, which the dynamic linker prefers to the C library's. It answers with the time of the
// innermost OpenSslClock of the calling thread, and with the wall clock where there is none.
//
// Where it does not come before the C library's (an OpenSSL that was linked statically, or that
// asks otherwise), OpenSSL sees the wall clock; RetransmissionTimer works with that too.
#pragma once

#include <sys/time.h>

namespace penstock {

// Shows `time` to the calling thread, from here to the end of the scope.
class OpenSslClock {
 public:
  explicit OpenSslClock(const timeval& time);
  ~OpenSslClock();
  OpenSslClock(const OpenSslClock&) = delete;
  OpenSslClock& operator=(const OpenSslClock&) = delete;

 private:
  const timeval time_;
  const timeval* const outer_;
};

}  // namespace penstock
