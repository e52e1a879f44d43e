// How long each object waited from retire to reclaim, seen from outside: of the retire list it
// knows only how many objects went in and came out, and that they come out in the order in which
// they went in. Time in which somebody was stopped on purpose is not counted: what waited then is
// excused.
#pragma once

#include <cstdint>
#include <deque>

#include "dataplane/base/time.h"

namespace penstock::sim {

class ReclaimOracle {
 public:
  // After every turn of the server: what was retired and reclaimed since it began.
  void observe(Timestamp now, std::uint64_t retired, std::uint64_t reclaimed);
  // A worker or the control plane stands still: nothing that waits now can be held to a time.
  void excuse_waiting();

  // Of all that were not excused.
  Duration longest() const { return longest_; }
  std::uint64_t measured() const { return measured_; }

 private:
  struct Waiting {
    Timestamp since = 0;
    bool is_excused = false;
  };

  std::deque<Waiting> waiting_;
  std::uint64_t retired_ = 0;
  std::uint64_t reclaimed_ = 0;
  Duration longest_ = 0;
  std::uint64_t measured_ = 0;
};

}  // namespace penstock::sim
