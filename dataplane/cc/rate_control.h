// The rate that the delay allows: up while the queue on the way does not grow, down to a part of
// what arrives when it does (draft-ietf-rmcat-gcc-02 section 5.5). Near the rate at which the queue
// has grown before it goes up slowly, else by a share. State of an estimator; pure.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"
#include "dataplane/cc/delay_trend.h"

namespace penstock {

// Below and above this nothing is estimated.
struct RateBounds {
  double min_bps = 0;
  double max_bps = 0;
};

// What the way carries, from the rates at which its queue has grown.
class LinkCapacity {
 public:
  void add(double bps);
  void forget() { mean_kbps_ = -1; }
  bool is_known() const { return mean_kbps_ >= 0; }
  double bps() const { return mean_kbps_ * 1'000; }
  bool is_above(double bps) const;  // by more than it varies
  bool is_below(double bps) const;

 private:
  static constexpr double kSmoothing = 0.05;
  bool differs(double kbps) const;

  double mean_kbps_ = -1;
  double variance_ = 0.4;  // per kb/s of the mean
};

class RateControl {
 public:
  RateControl(double start_bps, const RateBounds& bounds);

  struct Input {
    QueueTrend trend = QueueTrend::kSteady;
    std::optional<double> delivered_bps;  // of what arrives; with what is lost whatever is sent
    Duration rtt = 0;
    bool is_limited = false;  // what is sent is less than allowed, for want of media
  };
  void update(const Input& input, Timestamp now);

  // As much was seen to arrive.
  void raise(double bps);
  // Back to what it was: what has made the queue grow was not the media.
  void restore(double bps);

  double bps() const { return bps_; }
  // When it last went down.
  Timestamp decreased_at() const { return decreased_at_; }

 private:
  static constexpr double kBackoff = 0.85;
  static constexpr double kIncreasePerSecond = 0.08;
  static constexpr double kIncreaseMinBps = 1'000;
  static constexpr double kAdditiveMinBpsPerSecond = 4'000;
  static constexpr double kDeliveredShareMax = 1.5;  // not more than this of what arrives
  static constexpr double kDeliveredMarginBps = 10'000;
  static constexpr Duration kDetectionDelay = 100 * kMillisecond;

  void increase(const Input& input, Timestamp now);
  void decrease(const Input& input, Timestamp now);
  double additive_bps_per_second(Duration rtt) const;
  void set(double bps);

  RateBounds bounds_;
  double bps_;
  LinkCapacity capacity_;
  Timestamp increased_at_ = kNever;  // kNever: it rests
  Timestamp decreased_at_ = -kSecond;
  bool is_holding_ = false;
};

}  // namespace penstock
