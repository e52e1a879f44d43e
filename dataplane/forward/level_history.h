// The levels of the last packets of a stream of audio (RFC 6464), for whoever finds out on the
// control thread who speaks. Written by the publisher's worker, a word with one writer.
#pragma once

#include <cstdint>

#include "dataplane/api/rtp_report.h"

namespace penstock {

class LevelHistory {
 public:
  // The worker: a packet of this level, in -dBov, has come.
  void take(std::uint8_t level) {
    RecentLevels levels = RecentLevels::from_bits(word_.get());
    levels.add(loudness_of(level));
    word_.set(levels.bits());
  }

  // Any thread.
  RecentLevels get() const { return RecentLevels::from_bits(word_.get()); }

 private:
  Published<std::uint64_t> word_;
};

}  // namespace penstock
