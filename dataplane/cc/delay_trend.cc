#include "dataplane/cc/delay_trend.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace penstock {
namespace {

double to_ms(Duration time) { return static_cast<double>(time) * 1e-6; }

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
  add_sample({at_ms, smoothed_ms_});
  detect(count_ < kWindow ? slope_before_ : slope(), to_ms(delta.sent), at_ms);
}

// The sums are corrected by what changes, and made anew once in each round of the ring, so that
// what is lost by rounding does not add up.
void DelayTrend::add_sample(const Sample& sample) {
  const std::size_t place = count_ % kWindow;
  const bool is_full = count_ >= kWindow;
  if (place == 0) {
    sums_ = {.base = sample};
    if (is_full) {
      for (const Sample& kept : std::span(samples_).subspan(1)) sums_.add(kept);
    }
  } else if (is_full) {
    sums_.take_away(samples_[place]);
  }
  samples_[place] = sample;
  sums_.add(sample);
  ++count_;
}

// Of the line with the least squares.
double DelayTrend::slope() const {
  const double at_mean = sums_.at / kWindow;
  const double variation = sums_.square - at_mean * sums_.at;
  return variation <= 0 ? slope_before_ : (sums_.product - at_mean * sums_.delay) / variation;
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
