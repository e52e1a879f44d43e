// What time C libraries take it to be that offer no way to be given it: OpenSSL asks
// gettimeofday(2) whether a DTLS flight must be sent again, usrsctp how old a message is. So this
// program has a gettimeofday of its own, which the linker prefers to the C library's. It answers
// with the time of the innermost LibraryClock of the calling thread, and with the wall clock where
// there is none.
//
// Where it does not come before the C library's (an OpenSSL that was linked statically, or that
// asks otherwise), OpenSSL sees the wall clock; RetransmissionTimer works with that too.
#pragma once

#include <sys/time.h>

namespace penstock {

// Shows `time` to the calling thread, from here to the end of the scope.
class LibraryClock {
 public:
  explicit LibraryClock(const timeval& time);
  ~LibraryClock();
  LibraryClock(const LibraryClock&) = delete;
  LibraryClock& operator=(const LibraryClock&) = delete;

 private:
  const timeval time_;
  const timeval* const outer_;
};

}  // namespace penstock
