// How many DTLS handshakes there may be, over all peers: at a time, because each takes memory, and
// a second, because each takes half a millisecond of a CPU, which has other things to do.
// Asked before an endpoint is made. Pure logic; owned by the server, used on one control thread.
//
// Whoever asks has proved, by an authenticated check, to be somebody whom signalling let in, and
// his transport makes one handshake in its life. So nobody is counted by his address: a whole class
// may be behind one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

struct HandshakeLimits {
  std::uint32_t in_flight_max = 2'048;
  std::uint32_t per_second = 1'000;  // a tenth of it at once; not 0
};

class HandshakeLimiter {
 public:
  explicit HandshakeLimiter(const HandshakeLimits& limits);

  // Asks for one handshake. If it is admitted, the caller owes one finish().
  [[nodiscard]] bool admit(Timestamp now);
  // An admitted handshake ended: connected, failed or abandoned.
  void finish();
  // When there is the next one, if none is in flight too many; kNever when only finish() helps.
  Timestamp next_admission() const;

  std::size_t in_flight() const { return in_flight_; }

 private:
  HandshakeLimits limits_;
  Duration interval_;   // between two of them
  Duration tolerance_;  // by which they may be early
  std::size_t in_flight_ = 0;
  // A token bucket as GCRA keeps it: when the next one would be due, if all kept their interval.
  Timestamp due_at_ = 0;
};

}  // namespace penstock
