#include "dataplane/cc/delay_trend.h"

#include <algorithm>
#include <cmath>

namespace penstock {
namespace {

double to_ms(Duration time) { return static_cast<double>(time) / kMillisecond; }

}  // namespace

void DelayTrend::reset() {
  count_ = 0;
  delay_ms_ = smoothed_ms_ = slope_before_ = 0;
  threshold_moved_at_ms_ = grows_for_ms_ = -1;
  grows_count_ = 0;
  trend_ = QueueTrend::kSteady;
}

void DelayTrend::add(const GroupDelta& delta) {
  if (count_ == 0) first_arrival_ = delta.arrival;
  delay_ms_ += to_ms(delta.arrived - delta.sent);
  smoothed_ms_ = kSmoothing * smoothed_ms_ + (1 - kSmoothing) * delay_ms_;
  const double at_ms = to_ms(delta.arrival - first_arrival_);
  samples_[count_++ % kWindow] = {at_ms, smoothed_ms_};
  detect(count_ < kWindow ? slope_before_ : slope(), to_ms(delta.sent), at_ms);
}

// Of the line with the least squares.
double DelayTrend::slope() const {
  double at_mean = 0;
  double delay_mean = 0;
  for (const Sample& sample : samples_) {
    at_mean += sample.at_ms / kWindow;
    delay_mean += sample.delay_ms / kWindow;
  }
  double product = 0;
  double square = 0;
  for (const Sample& sample : samples_) {
    const double at = sample.at_ms - at_mean;
    product += at * (sample.delay_ms - delay_mean);
    square += at * at;
  }
  return square == 0 ? slope_before_ : product / square;
}

void DelayTrend::detect(double slope, double sent_ms, double at_ms) {
  if (count_ < 2) return;
  const double weight = static_cast<double>(std::min<std::size_t>(count_, kDeltasMax));
  const double scaled = weight * slope * kGain;
  if (scaled > threshold_ms_) {
    grows_for_ms_ = grows_for_ms_ < 0 ? sent_ms / 2 : grows_for_ms_ + sent_ms;
    ++grows_count_;
    if (grows_for_ms_ > kGrowsForMs && grows_count_ > 1 && slope >= slope_before_) {
      grows_for_ms_ = 0;
      grows_count_ = 0;
      trend_ = QueueTrend::kGrows;
    }
  } else {
    grows_for_ms_ = -1;
    grows_count_ = 0;
    trend_ = scaled < -threshold_ms_ ? QueueTrend::kShrinks : QueueTrend::kSteady;
  }
  slope_before_ = slope;
  move_threshold(scaled, at_ms);
}

void DelayTrend::move_threshold(double scaled_slope, double at_ms) {
  const double height = std::abs(scaled_slope);
  const double elapsed_ms =
      threshold_moved_at_ms_ < 0 ? 0 : std::clamp(at_ms - threshold_moved_at_ms_, 0.0, 100.0);
  threshold_moved_at_ms_ = at_ms;
  if (height > threshold_ms_ + kThresholdSpikeMs) return;
  const double follow = height < threshold_ms_ ? kThresholdDown : kThresholdUp;
  threshold_ms_ = std::clamp(threshold_ms_ + follow * (height - threshold_ms_) * elapsed_ms,
                             kThresholdMinMs, kThresholdMaxMs);
}

}  // namespace penstock
