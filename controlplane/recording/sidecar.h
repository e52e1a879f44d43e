// What is written beside a recording and the format of recordings has no place for: pairs of real
// time and RTP time, gaps, layers, where keyframes are, and whose it is. JSON. Made while the file
// is, of bounded size: of a long recording, entries in between are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/recording/recording_description.h"

namespace penstock::recording {

// At most so many, evenly spread over what was added.
template <typename T, std::size_t kMax>
class ThinnedList {
 public:
  void add(const T& entry) {
    if (seen_++ % step_ != 0) return;
    if (entries_.size() == kMax) {
      for (std::size_t i = 0; i < kMax / 2; ++i) entries_[i] = entries_[2 * i];
      entries_.resize(kMax / 2);
      step_ *= 2;
      if ((seen_ - 1) % step_ != 0) return;
    }
    entries_.push_back(entry);
  }
  const std::vector<T>& entries() const { return entries_; }

 private:
  std::vector<T> entries_;
  std::uint64_t seen_ = 0;
  std::uint64_t step_ = 1;
};

class Sidecar {
 public:
  struct Clock {
    std::int64_t unix_us = 0;
    std::uint32_t rtp_timestamp = 0;
  };
  struct Gap {
    std::uint32_t at_ms = 0;
    std::uint32_t packets = 0;
  };
  struct Keyframe {
    std::uint32_t at_ms = 0;
    std::uint64_t offset = 0;  // in the file
  };
  struct LayerChange {
    std::uint32_t at_ms = 0;
    std::uint8_t layer = 0;
  };

  void add_clock(const Clock& clock) { clocks_.add(clock); }
  void add_gap(const Gap& gap) {
    lost_ += gap.packets;
    gaps_.add(gap);
  }
  void add_keyframe(const Keyframe& keyframe) { keyframes_.add(keyframe); }
  void add_layer(const LayerChange& change) {
    if (has_layer_ && layer_ == change.layer) return;
    has_layer_ = true;
    layer_ = change.layer;
    layers_.add(change);
  }

  std::uint64_t lost() const { return lost_; }

  struct Totals {
    std::int64_t created_us = 0;
    std::int64_t first_us = 0;
    std::uint32_t duration_ms = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::string ended{};  // why
  };
  std::string json(const Description& description, const Totals& totals) const;

 private:
  ThinnedList<Clock, 1'024> clocks_;
  ThinnedList<Gap, 1'024> gaps_;
  ThinnedList<Keyframe, 2'048> keyframes_;
  ThinnedList<LayerChange, 1'024> layers_;
  std::uint64_t lost_ = 0;
  bool has_layer_ = false;
  std::uint8_t layer_ = 0;
};

}  // namespace penstock::recording
