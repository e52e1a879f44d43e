// When a way is probed, and how far: at the start by doubling and more, then, while there is
// something to gain, less far after a failure, and less and less often the more often it has
// failed. State of an estimator; pure.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"

namespace penstock {

class ProbeSchedule {
 public:
  struct Probe {
    double target_bps = 0;
    Duration length = 0;
  };

  // The next probe, if its time has come. `bps`: the present estimate; `goal_bps`: what would be of
  // use in all, at most the estimate if nothing more is.
  std::optional<Probe> next(double bps, double goal_bps, Timestamp now) const;
  // It has begun.
  void begin() { is_under_way_ = true; }
  // What it has shown: `bps`, when `target_bps` was sent, and `before_bps` was known. Below most of
  // it, or no more than that, it failed.
  void end(double target_bps, double before_bps, double bps, Timestamp now);
  // The estimate went down: what was learned about failures is of another way.
  void restart(Timestamp now);

  // When to ask again.
  Timestamp due_at() const { return due_at_; }

 private:
  // The last one did.
  bool has_failed() const { return interval_ > kInterval; }

  static constexpr double kFirstFactor = 3;
  static constexpr double kFactor = 2;
  static constexpr double kFactorAfterFailure = 1.5;  // it fills less of a queue
  static constexpr double kStepMinBps = 200'000;
  static constexpr double kSuccess = 0.7;  // of the target: further at once,
  static constexpr double kGainMin = 1.1;  // if it was so much more than before
  static constexpr Duration kLength = 75 * kMillisecond;
  static constexpr Duration kFirstLength = 75 * kMillisecond;
  static constexpr Duration kInterval = 3 * kSecond;
  static constexpr Duration kIntervalMax = 120 * kSecond;
  static constexpr Duration kAfterDecrease = 5 * kSecond;

  bool is_first_ = true;
  bool is_under_way_ = false;
  Duration interval_ = kInterval;
  Timestamp due_at_ = 0;
};

}  // namespace penstock
