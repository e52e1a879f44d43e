// One of the two ways over the bridge: frames that came in on one device and will go out on the
// other, with the conditions of a link in between. Time is an argument; no sockets.
// Single-threaded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/bridge/delay_line.h"
#include "bench/bridge/frame_filter.h"
#include "bench/bridge/link_rules.h"
#include "dataplane/base/prng.h"

namespace penstock::bridge {

// Every frame that came in went out, was lost (LinkCounters), could not be sent, or is under way:
//   frames + link.duplicated == sent + link's losses + not_sent + waiting
struct DirectionCounters {
  std::uint64_t frames = 0;  // came in
  std::uint64_t bytes = 0;
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t not_sent = 0;  // the device did not take them
  Duration late_max = 0;       // behind the time at which a frame was to be sent
};

class Direction {
 public:
  Direction(std::uint64_t seed, const FrameFilter& filter) : filter_(filter), prng_(seed) {}

  // More rules, whose time begins at `now`.
  void add_rules(std::vector<LinkChange> changes, Timestamp now);

  // A frame came in.
  void take_in(std::span<const std::uint8_t> frame, Timestamp now);
  // When the next frame is to go out; kNever if there is none.
  Timestamp next_departure() const { return under_way_.next_arrival(); }
  // The next frame that is to be out by `now`; false if there is none. Note what became of it.
  bool next_frame(Timestamp now, std::vector<std::uint8_t>& frame);
  void note_sent(std::size_t bytes, bool is_sent);

  const DirectionCounters& counters() const { return counters_; }
  const LinkCounters& link() const { return link_.counters(); }
  std::size_t waiting() const { return under_way_.size(); }

 private:
  struct Frame {
    Timestamp at = 0;
    std::vector<std::uint8_t> bytes;
  };

  FrameFilter filter_;
  Prng prng_;
  std::vector<LinkChange> changes_;
  LinkModel link_{kNoImpairment};
  DelayLine<Frame> under_way_;
  DirectionCounters counters_;
};

}  // namespace penstock::bridge
