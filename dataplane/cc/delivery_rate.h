// The rate at which what is sent arrives, by the receiver's clock: windows of 150 ms, of which one
// that differs much from those before it counts less. State of an estimator; pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"

namespace penstock {

class DeliveryRate {
 public:
  void add(Timestamp arrived_at, std::size_t bytes);
  // A part of what has arrived will never be known (feedback was lost): the window begins anew.
  void skip() { window_ = {}; }

  std::optional<double> bps() const {
    return rate_bps_ < 0 ? std::nullopt : std::optional(rate_bps_);
  }
  // The same while the way is full: what the last windows were is then what it carries, however
  // much it has carried before.
  std::optional<double> full_bps() const {
    if (rate_bps_ < 0) return std::nullopt;
    return std::max(sample_bps_, sample_before_bps_);
  }

 private:
  static constexpr Duration kFirstWindow = 500 * kMillisecond;
  static constexpr Duration kWindowLength = 150 * kMillisecond;
  static constexpr double kSampleDoubt = 10;
  static constexpr double kDriftVariance = 5;  // per window, (kb/s)^2

  struct Window {
    Timestamp begins_at = 0;
    std::uint64_t bytes = 0;
    bool has_begun = false;
  };

  void take(double sample_bps);

  Window window_;
  double rate_bps_ = -1;
  double sample_bps_ = 0;  // of the last window
  double sample_before_bps_ = 0;
  double variance_ = 50;
};

}  // namespace penstock
