#include "dataplane/cc/delivery_rate.h"

#include <algorithm>
#include <cmath>

namespace penstock {

void DeliveryRate::add(Timestamp arrived_at, std::size_t bytes) {
  const Duration length = rate_bps_ < 0 ? kFirstWindow : kWindowLength;
  const Duration elapsed = arrived_at - window_.begins_at;
  if (!window_.has_begun || elapsed < -length || elapsed > 4 * length) {
    window_ = {.begins_at = arrived_at, .bytes = 0, .has_begun = true};
  } else if (elapsed >= length) {
    take(static_cast<double>(window_.bytes) * 8 * kSecond / static_cast<double>(elapsed));
    window_ = {.begins_at = arrived_at, .bytes = 0, .has_begun = true};
  }
  window_.bytes += bytes;
}

void DeliveryRate::take(double sample_bps) {
  sample_before_bps_ = rate_bps_ < 0 ? sample_bps : sample_bps_;
  sample_bps_ = sample_bps;
  if (rate_bps_ < 0) {
    rate_bps_ = sample_bps;
    return;
  }
  const double doubt = kSampleDoubt * std::abs(rate_bps_ - sample_bps) / std::max(rate_bps_, 1.0);
  const double sample_variance = doubt * doubt;
  const double variance = variance_ + kDriftVariance;
  rate_bps_ = (sample_variance * rate_bps_ + variance * sample_bps) / (sample_variance + variance);
  variance_ = sample_variance * variance / (sample_variance + variance);
}

}  // namespace penstock
