#include "dataplane/cc/loss_control.h"

#include <algorithm>

namespace penstock {

void LossControl::begin_window(Timestamp now) {
  window_began_at_ = now;
  received_ = lost_ = 0;
}

void LossControl::update(const Input& input, Timestamp now) {
  if (window_began_at_ < 0) begin_window(now);
  if (cap_bps_ != kNoCap && !is_trying_) increase(input, now);
  if (now < waits_until_) return begin_window(now);
  received_ += input.received + input.recovered;
  lost_ += input.lost;
  lost_ -= std::min(lost_, input.recovered);
  const std::uint32_t packets = received_ + lost_;
  const Duration elapsed = now - window_began_at_;
  if (packets == 0 || elapsed < kWindowMin) return;
  if (packets < kPacketsMin && elapsed < kWindowMax) return;
  judge(static_cast<double>(lost_) / packets, input, now);
  begin_window(now);
}

void LossControl::judge(double loss, const Input& input, Timestamp now) {
  if (is_trying_) return end_trial(loss, input, now);
  const double packets = received_ + lost_;
  const double variance = std::max(inherent_, 0.02) * (1 - inherent_) / packets;
  const double excess = loss - inherent_ - kExcessMax;
  if (excess > 0 && excess * excess > 4 * variance) return begin_trial(loss, input, now);
  // Of a way that loses less than it did, less is expected: slowly, as it may come back.
  if (loss < inherent_) inherent_ += 0.1 * (loss - inherent_);
}

void LossControl::increase(const Input& input, Timestamp now) {
  const double seconds = static_cast<double>(std::min(now - increased_at_, kSecond)) / kSecond;
  increased_at_ = now;
  cap_bps_ *= 1 + kIncreasePerSecond * seconds;
  if (cap_bps_ > kFreeFactor * input.rate_bps) cap_bps_ = kNoCap;
}

void LossControl::begin_trial(double loss, const Input& input, Timestamp now) {
  is_trying_ = true;
  loss_before_ = loss;
  cap_before_bps_ = cap_bps_;
  const double rate = std::min(cap_bps_, input.rate_bps);
  // Where most of it is lost, what arrives is enough to try.
  cap_bps_ = kTrialShare * rate;
  if (loss - inherent_ > kMostLost && input.delivered_bps > 0)
    cap_bps_ = std::min(cap_bps_, input.delivered_bps);
  decreased_at_ = now;
  waits_until_ = now + input.rtt + kReactionTime;
}

// With a full queue so much less would be lost that as much arrives as before.
void LossControl::end_trial(double loss, const Input& input, Timestamp now) {
  is_trying_ = false;
  increased_at_ = now;
  const double of_queue = std::max(0.0, 1 - (1 - loss_before_) / kTrialShare);
  if (loss > (loss_before_ + of_queue) / 2 && !input.has_queue) {
    inherent_ = std::min((loss + loss_before_) / 2, kInherentMax);
    cap_bps_ = cap_before_bps_;
    return;
  }
  if (loss > inherent_ + kExcessMax) {  // some of it went: once more
    decreased_at_ = now;
    cap_bps_ *= kTrialShare;
    waits_until_ = now + kReactionTime;
  }
}

}  // namespace penstock
