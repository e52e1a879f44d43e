// A network in virtual time: datagrams between clients and the server's data port, each link with
// its own loss, delay, jitter, duplication and (through jitter) reordering, all drawn from one
// seeded generator. Delivers in the order of (time, sequence), so one seed is one history.
// Single-threaded; owned by the Simulation.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"

namespace penstock::sim {

// One direction of one client's access link.
struct LinkConditions {
  std::uint32_t loss_per_million = 0;
  std::uint32_t duplicate_per_million = 0;
  Duration delay = 10 * kMillisecond;
  Duration jitter =
      0;  // added uniformly: packets overtake each other when it exceeds their spacing
  bool is_cut = false;  // nothing passes
};

struct LinkCounters {
  std::uint64_t offered = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
};

// A frame on its way. `to_server`: from the client with this index; otherwise to it.
struct FrameInFlight {
  Timestamp at = 0;
  std::uint64_t sequence = 0;
  bool to_server = false;
  std::size_t client = 0;
  std::vector<std::uint8_t> frame;
};

class SimNetwork {
 public:
  explicit SimNetwork(std::uint64_t seed) : prng_(seed) {}

  // Puts a frame on a link; it may be lost, delayed or doubled.
  void send(FrameInFlight frame, const LinkConditions& conditions, LinkCounters& counters,
            Timestamp now);
  // When the next frame arrives; kNever if none is on its way.
  Timestamp next_arrival() const;
  // Takes the next frame that has arrived by `now`.
  bool take(Timestamp now, FrameInFlight& frame);

 private:
  struct Later {
    bool operator()(const FrameInFlight& a, const FrameInFlight& b) const {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };

  Prng prng_;
  std::uint64_t sequence_ = 0;
  std::priority_queue<FrameInFlight, std::vector<FrameInFlight>, Later> frames_;
};

}  // namespace penstock::sim
