// Notices workers that stand still: one that has not begun an iteration of its loop for a second
// has lost its CPU or hangs. Calls go on without it only if they are other workers'; memory waits
// for it. Pure: heartbeats and time are arguments. Owned by server_admin, control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock {

inline constexpr Duration kStallAfter = kSecond;

struct WorkerHeartbeat {
  Duration age = 0;  // since its last iteration began
  bool is_stalled = false;
  std::uint64_t stalls = 0;     // since start, the current one included
  Timestamp stalled_since = 0;  // the last heartbeat before the current or last stall
};

class StallWatch {
 public:
  enum class Change : std::uint8_t { kNone, kStalled, kRecovered };

  StallWatch(std::size_t worker_count, Timestamp now)
      : workers_(worker_count), last_look_(now), started_(now) {}

  // To be called about as often as every `interval`, once for all workers, before observe(). If
  // this thread itself was away for longer, what it sees first is old: nobody is called stalled
  // then.
  void begin(Timestamp now, Duration interval);
  // `beat`: when the worker's last iteration began; 0: it has not begun any.
  Change observe(std::size_t worker, Timestamp beat, Timestamp now);

  // As of `now`, for reports.
  WorkerHeartbeat heartbeat(std::size_t worker, Timestamp beat, Timestamp now) const;

 private:
  struct Worker {
    bool is_stalled = false;
    std::uint64_t stalls = 0;
    Timestamp since = 0;
  };

  std::vector<Worker> workers_;
  Timestamp last_look_;
  Timestamp started_;
  bool was_away_ = false;
};

}  // namespace penstock
