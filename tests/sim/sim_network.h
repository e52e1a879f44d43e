// A network in virtual time: datagrams between clients and the server's data port, each link with
// its own conditions (bench/bridge/link_model.h), all drawn from one seeded generator. Delivers in
// the order of (time, sequence), so one seed is one history. Single-threaded; owned by the
// Simulation.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/bridge/delay_line.h"
#include "bench/bridge/link_model.h"
#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"

namespace penstock::sim {

// One direction of one client's access link is a LinkModel.
using bridge::LinkConditions;
using bridge::LinkModel;

// A frame on its way. `to_server`: from the client with this index; otherwise to it.
struct FrameInFlight {
  Timestamp at = 0;
  bool to_server = false;
  std::size_t client = 0;
  std::vector<std::uint8_t> frame;
};

class SimNetwork {
 public:
  // `grain`: frames arrive at multiples of it; 0: whenever they do.
  explicit SimNetwork(std::uint64_t seed, Duration grain = 0) : prng_(seed), grain_(grain) {}

  // Puts a frame on a link; it may be lost, delayed or doubled.
  bridge::LinkVerdict send(FrameInFlight frame, LinkModel& link, Timestamp now);
  // When the next frame arrives; kNever if none is on its way.
  Timestamp next_arrival() const { return frames_.next_arrival(); }
  // Takes the next frame that has arrived by `now`.
  bool take(Timestamp now, FrameInFlight& frame) { return frames_.take(now, frame); }

 private:
  Prng prng_;
  Duration grain_;
  bridge::DelayLine<FrameInFlight> frames_;
};

}  // namespace penstock::sim
