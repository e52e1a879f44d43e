// Whether the queue on the way grows: the slope of the delay over the last groups of packets,
// against a threshold that follows it, so that flows which fill queues do not starve this one
// (draft-ietf-rmcat-gcc-02 section 5, with a line through the last delays in place of its filter).
// State of an estimator; pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/cc/packet_groups.h"

namespace penstock {

enum class QueueTrend : std::uint8_t { kShrinks, kSteady, kGrows };

class DelayTrend {
 public:
  void add(const GroupDelta& delta);
  QueueTrend trend() const { return trend_; }

  // After an outage; the threshold stays.
  void reset();

 private:
  static constexpr std::size_t kWindow = 20;
  static constexpr double kSmoothing = 0.9;
  static constexpr double kGain = 4.0;
  static constexpr int kDeltasMax = 60;  // that add weight to a slope
  static constexpr double kThresholdUp = 0.0087;
  static constexpr double kThresholdDown = 0.039;
  static constexpr double kThresholdMinMs = 6;
  static constexpr double kThresholdMaxMs = 600;
  static constexpr double kThresholdSpikeMs = 15;  // above it: it does not follow
  static constexpr double kGrowsForMs = 10;        // at least, before it counts

  struct Sample {
    double at_ms = 0;
    double delay_ms = 0;
  };

  // Of the samples, each as far from `base`: small, so that what is subtracted from each other
  // differs enough.
  struct Sums {
    Sample base;
    double at = 0;
    double delay = 0;
    double product = 0;
    double square = 0;

    void add(const Sample& sample, double times = 1) {
      const double x = sample.at_ms - base.at_ms;
      const double y = sample.delay_ms - base.delay_ms;
      at += times * x;
      delay += times * y;
      product += times * x * y;
      square += times * x * x;
    }
    void take_away(const Sample& sample) { add(sample, -1); }
  };

  void add_sample(const Sample& sample);
  double slope() const;
  void detect(double slope, double sent_ms, double at_ms);
  void move_threshold(double scaled_slope, double at_ms);

  std::array<Sample, kWindow> samples_{};  // the last, in a ring
  Sums sums_;
  std::size_t count_ = 0;  // of all that were added since the reset
  Timestamp first_arrival_ = 0;
  double delay_ms_ = 0;
  double smoothed_ms_ = 0;
  double slope_before_ = 0;
  double threshold_ms_ = 12.5;
  double threshold_moved_at_ms_ = -1;
  double grows_for_ms_ = -1;
  int grows_count_ = 0;
  QueueTrend trend_ = QueueTrend::kSteady;
};

}  // namespace penstock
