// What one direction of a link does to the frames that go over it. A value; owned by a LinkModel.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock::bridge {

// Losses in bursts, after Gilbert and Elliott: outside of a burst every frame may begin one, within
// it every frame may be the first behind its end. So bursts last 1,000,000 / end_per_million frames
// on average.
struct BurstLoss {
  std::uint32_t begin_per_million = 0;  // 0: there are none
  std::uint32_t end_per_million = 1'000'000;
  std::uint32_t loss_per_million = 1'000'000;  // of the frames within
};

// A frame is lost or not, waits for its turn at the bottleneck, and travels. The defaults are a
// good link, not a perfect one: it takes its time.
struct LinkConditions {
  std::uint32_t loss_per_million = 0;
  std::uint32_t duplicate_per_million = 0;  // of what is not lost
  Duration delay = 10 * kMillisecond;
  Duration jitter = 0;         // added to the delay, uniformly: frames overtake each other when it
                               // exceeds their spacing
  bool is_cut = false;         // nothing passes
  bool keeps_order = false;    // whatever the jitter
  BurstLoss bursts{};          // on top of loss_per_million
  std::uint64_t rate_bps = 0;  // of the bottleneck, in bits of whole frames; 0: there is none
  Duration queue_time_max =
      0;  // a frame that would wait longer for its turn is dropped; 0: none is
  std::uint64_t queue_bytes_max = 0;   // so is one that would make the queue longer; 0: none is
  std::uint32_t held_per_million = 0;  // of the frames are held back, and those behind overtake
  Duration held_for = 0;               // them, in order or not
};

}  // namespace penstock::bridge
