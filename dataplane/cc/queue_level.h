// How long packets wait on the way beyond what the sender's own bursts explain: a keyframe waits
// for itself on any way, and jitter delays some packets but not all of them. So of the delay above
// the least one is taken away what a way of the estimated rate would need for what was just sent,
// and what stays of it for all packets of a while is a queue. State of an estimator; pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "dataplane/base/time.h"

namespace penstock {

class QueueLevel {
 public:
  // A packet has arrived, in the order in which they were sent; the times are on two clocks. `bps`:
  // what the way is thought to carry; 0: bursts are not taken into account, as too much is sent.
  void add(Timestamp sent_at, Timestamp arrived_at, std::size_t bytes, double bps);
  // For so long every packet waited, lately.
  Duration standing() const { return std::min(lately_.before, lately_.now); }
  void reset() { *this = {}; }

 private:
  static constexpr Duration kNone = std::numeric_limits<Duration>::max();
  static constexpr Duration kLeastFor = 10 * kSecond;        // and as long again
  static constexpr Duration kLatelyFor = 50 * kMillisecond;  // likewise
  // A burst explains so much, at most.
  static constexpr Duration kBurstMax = 200 * kMillisecond;

  // The least of the last two intervals.
  struct Least {
    Duration before = kNone;
    Duration now = kNone;
    Timestamp began_at = 0;

    void add(Duration value, Timestamp at, Duration interval);
    Duration value() const { return std::min(before, now); }
  };

  Least delay_;
  Least lately_{.before = 0, .now = 0};
  Duration burst_ = 0;
  Timestamp sent_at_ = 0;
};

}  // namespace penstock
