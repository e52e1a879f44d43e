#include "tests/sim/reclaim_oracle.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock::sim {

void ReclaimOracle::observe(Timestamp now, std::uint64_t retired, std::uint64_t reclaimed) {
  for (; retired_ < retired; ++retired_) waiting_.push_back({.since = now, .is_excused = false});
  for (; reclaimed_ < reclaimed; ++reclaimed_) {
    PENSTOCK_CHECK(!waiting_.empty());
    const Waiting& oldest = waiting_.front();
    if (!oldest.is_excused) {
      longest_ = std::max(longest_, now - oldest.since);
      ++measured_;
    }
    waiting_.pop_front();
  }
}

void ReclaimOracle::excuse_waiting() {
  for (Waiting& waiting : waiting_) waiting.is_excused = true;
}

}  // namespace penstock::sim
