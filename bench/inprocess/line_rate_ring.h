// A network device's transmit ring, modelled: so many descriptors, whose frames leave one after the
// other at the rate of an Ethernet link. A value; time is an argument and never goes back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/time.h"

namespace penstock::bench {

// What a frame takes of an Ethernet wire: padding, check sequence, preamble and gap included.
constexpr std::size_t wire_bytes(std::size_t frame_bytes) {
  constexpr std::size_t kFrameBytesMin = 60;
  constexpr std::size_t kAroundFrame = 4 + 8 + 12;
  return std::max(frame_bytes, kFrameBytesMin) + kAroundFrame;
}
constexpr double wire_time_ns(std::size_t frame_bytes, double gbps) {
  return static_cast<double>(wire_bytes(frame_bytes)) * 8 / gbps;
}

class LineRateRing {
 public:
  LineRateRing(std::size_t entries, double gbps) : ends_ns_(entries), gbps_(gbps) {}

  // Descriptors whose frames have not left yet.
  std::size_t in_use(Timestamp now) {
    while (count_ > 0 && ends_ns_[first_] <= static_cast<double>(now)) {
      first_ = next(first_);
      --count_;
    }
    return count_;
  }
  // Takes a frame, for which there must be a descriptor. Returns when its last bit leaves.
  Timestamp push(std::size_t frame_bytes, Timestamp now) {
    PENSTOCK_CHECK(in_use(now) < ends_ns_.size());
    const double begin = std::max(last_end_ns_, static_cast<double>(now));
    last_end_ns_ = begin + wire_time_ns(frame_bytes, gbps_);
    ends_ns_[(first_ + count_) % ends_ns_.size()] = last_end_ns_;
    ++count_;
    busy_ns_ += last_end_ns_ - begin;
    return static_cast<Timestamp>(last_end_ns_);
  }
  // When the next frame will have left; kNever if there is none.
  Timestamp next_leaves_at() const {
    return count_ == 0 ? kNever : static_cast<Timestamp>(ends_ns_[first_]) + 1;
  }
  // How long the wire was, or will be, busy with all that was taken.
  Duration busy() const { return static_cast<Duration>(busy_ns_); }

 private:
  std::size_t next(std::size_t index) const { return index + 1 == ends_ns_.size() ? 0 : index + 1; }

  std::vector<double> ends_ns_;  // of those in use, from first_ on
  double gbps_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  double last_end_ns_ = 0;
  double busy_ns_ = 0;
};

}  // namespace penstock::bench
