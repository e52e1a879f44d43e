#include "controlplane/admin/stall_watch.h"

#include <algorithm>

namespace penstock {

void StallWatch::begin(Timestamp now, Duration interval) {
  was_away_ = now - last_look_ > 2 * interval;
  last_look_ = now;
}

StallWatch::Change StallWatch::observe(std::size_t index, Timestamp beat, Timestamp now) {
  Worker& worker = workers_[index];
  const bool is_late = now - std::max(beat, started_) > kStallAfter;
  if (is_late && !worker.is_stalled && !was_away_) {
    worker.is_stalled = true;
    ++worker.stalls;
    worker.since = std::max(beat, started_);
    return Change::kStalled;
  }
  if (!is_late && worker.is_stalled) {
    worker.is_stalled = false;
    return Change::kRecovered;
  }
  return Change::kNone;
}

WorkerHeartbeat StallWatch::heartbeat(std::size_t index, Timestamp beat, Timestamp now) const {
  const Worker& worker = workers_[index];
  return {.age = std::max<Duration>(now - std::max(beat, started_), 0),
          .is_stalled = worker.is_stalled,
          .stalls = worker.stalls,
          .stalled_since = worker.since};
}

}  // namespace penstock
