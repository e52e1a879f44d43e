#include "dataplane/cc/rate_control.h"

#include <algorithm>
#include <cmath>

namespace penstock {

void LinkCapacity::add(double bps) {
  const double kbps = bps / 1'000;
  mean_kbps_ = is_known() ? (1 - kSmoothing) * mean_kbps_ + kSmoothing * kbps : kbps;
  const double error = mean_kbps_ - kbps;
  variance_ = (1 - kSmoothing) * variance_ + kSmoothing * error * error / std::max(mean_kbps_, 1.0);
  variance_ = std::clamp(variance_, 0.4, 2.5);
}

// By more than three standard deviations.
bool LinkCapacity::differs(double kbps) const {
  const double difference = kbps - mean_kbps_;
  return is_known() && difference * difference > 9 * variance_ * mean_kbps_;
}
bool LinkCapacity::is_above(double bps) const {
  return bps / 1'000 < mean_kbps_ && differs(bps / 1'000);
}
bool LinkCapacity::is_below(double bps) const {
  return bps / 1'000 > mean_kbps_ && differs(bps / 1'000);
}

RateControl::RateControl(double start_bps, const RateBounds& bounds)
    : bounds_(bounds), bps_(std::clamp(start_bps, bounds.min_bps, bounds.max_bps)) {}

void RateControl::set(double bps) { bps_ = std::clamp(bps, bounds_.min_bps, bounds_.max_bps); }

void RateControl::raise(double bps) {
  if (bps <= bps_) return;
  set(bps);
  if (capacity_.is_below(bps)) capacity_.forget();
}

void RateControl::restore(double bps) {
  set(bps);
  is_holding_ = true;
  increased_at_ = kNever;
}

void RateControl::update(const Input& input, Timestamp now) {
  switch (input.trend) {
    case QueueTrend::kGrows:
      return decrease(input, now);
    case QueueTrend::kShrinks:  // let it
      is_holding_ = true;
      increased_at_ = kNever;
      return;
    case QueueTrend::kSteady:
      return increase(input, now);
  }
}

void RateControl::increase(const Input& input, Timestamp now) {
  if (input.delivered_bps && capacity_.is_below(*input.delivered_bps)) capacity_.forget();
  const Duration elapsed = increased_at_ == kNever ? 0 : std::min(now - increased_at_, kSecond);
  increased_at_ = now;
  is_holding_ = false;
  const double seconds = static_cast<double>(elapsed) / kSecond;
  const double step = capacity_.is_known()
                          ? additive_bps_per_second(input.rtt) * seconds
                          : std::max(bps_ * kIncreasePerSecond, kIncreaseMinBps) * seconds;
  double next = bps_ + step;
  // What is not used is not known.
  if (input.delivered_bps) {
    const double known = kDeliveredShareMax * *input.delivered_bps + kDeliveredMarginBps;
    next = std::min(next, std::max(known, bps_));
  }
  if (!input.is_limited || !input.delivered_bps) set(next);
}

void RateControl::decrease(const Input& input, Timestamp now) {
  increased_at_ = kNever;
  is_holding_ = true;
  const double delivered = input.delivered_bps.value_or(bps_ / 2);
  const Duration pause = std::clamp(input.rtt, 10 * kMillisecond, 200 * kMillisecond);
  if (now - decreased_at_ < pause && delivered >= bps_ / 2) return;
  double next = kBackoff * delivered;
  if (next > bps_ && capacity_.is_known()) next = kBackoff * capacity_.bps();
  if (capacity_.is_above(delivered)) capacity_.forget();
  if (input.delivered_bps) capacity_.add(delivered);
  if (next < bps_) set(next);
  decreased_at_ = now;
}

// One packet more for each time that its effect takes to be seen.
double RateControl::additive_bps_per_second(Duration rtt) const {
  constexpr double kFramesPerSecond = 30;
  constexpr double kPacketBits = 1'200 * 8;
  const double frame_bits = bps_ / kFramesPerSecond;
  const double packet_bits = frame_bits / (std::floor(frame_bits / kPacketBits) + 1);
  const double response_seconds = 2 * static_cast<double>(rtt + kDetectionDelay) / kSecond;
  return std::max(kAdditiveMinBpsPerSecond, packet_bits / response_seconds);
}

}  // namespace penstock
