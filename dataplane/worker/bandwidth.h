// Shares out what the way to a receiver carries among its video streams (forward/allocation.h),
// when the estimate of it has moved, when layers or limits have changed, and every few seconds; and
// has more probed for while more would be of use. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/forward/allocation.h"
#include "dataplane/pool/fixed_vector.h"
#include "dataplane/worker/environment.h"
#include "dataplane/worker/layer_control.h"

namespace penstock {

template <Platform P>
class Bandwidth {
 public:
  Bandwidth(Environment<P>& env, LayerControl<P>& layers)
      : env_(env),
        layers_(layers),
        streams_(kSubscriptionsPerTransportMax),
        shown_(kSubscriptionsPerTransportMax) {}

  // Does what is due of the receiver. Returns when something is due next.
  Timestamp run(Transport& transport);

 private:
  static constexpr Duration kInterval = 5 * kSecond;
  static constexpr Duration kIntervalMin = 100 * kMillisecond;
  static constexpr Duration kLookInterval = 250 * kMillisecond;  // at layers and limits
  // Nothing rises for so long after something had to go down, unless a probe has shown that it may.
  static constexpr Duration kHoldAfterDowngrade = 10 * kSecond;
  // Nothing goes down before the way has been short of it for so long, unless it carries only so
  // much of what is sent: an estimate that has fallen by a queue recovers when the queue is gone.
  static constexpr Duration kShortMax = 2 * kSecond;
  static constexpr double kShortShare = 0.7;
  // Nothing is paused that has not been too much for so long.
  static constexpr Duration kPatience = 5 * kSecond;
  // Headers of RTP, SRTP, UDP, IP and Ethernet are 78 bytes: 7 % of a full packet; and of 30 frames
  // a second, the last packet of which is half full, half of them besides.
  static constexpr WireCost kVideoCost{.factor = 1.07, .bps = 30 * 78 * 8 / 2.0};
  // What an audio stream takes that was heard in the last second: 50 packets of 100 bytes, and
  // headers.
  static constexpr double kAudioBps = 73'000;
  static constexpr double kGoalShare = 1.2;  // of what would be enough: it is to stay so
  static constexpr double kGoalStepMinBps = 200'000;

  void lift(Transport& transport);
  std::uint64_t look(Transport& transport);
  bool is_short_for_long(const Transport::Allocated& allocated) const {
    return allocated.short_since != kNever && env_.now >= allocated.short_since + kShortMax;
  }
  // When what streams have is taken from them, if it has not been; kNever: not.
  static Timestamp short_until(const Transport::Allocated& allocated) {
    if (allocated.short_since == kNever) return kNever;
    const Timestamp until = allocated.short_since + kShortMax;
    return allocated.at < until ? until : kNever;
  }
  double to_share_out(Transport& transport);
  void allocate_streams(Transport& transport);
  double goal_bps(const Transport& transport, const AllocationOutput& output) const;
  void apply(Transport& transport, double bps);

  Environment<P>& env_;
  LayerControl<P>& layers_;
  // Of the receiver that is seen to.
  FixedVector<AllocationStream> streams_;
  FixedVector<SubscriptionHandle> shown_;
  double audio_bps_ = 0;
};

template <Platform P>
Timestamp Bandwidth<P>::run(Transport& transport) {
  Transport::Allocated& allocated = transport.allocated;
  if (!transport.estimator.is_known() && transport.send_limit_bps == 0) {
    if (allocated.is_in_force) lift(transport);
    return kNever;
  }
  if (env_.now < allocated.at + kIntervalMin) return allocated.at + kIntervalMin;
  const std::uint64_t seen = look(transport);
  const bool is_due = allocated.has_moved(transport.available_bps()) ||
                      allocated.becomes_short(transport.available_bps()) ||
                      seen != allocated.seen || env_.now >= allocated.at + kInterval ||
                      env_.now >= short_until(allocated);
  if (is_due) {
    allocate_streams(transport);
    allocated.seen = look(transport);  // with the targets that it has now
  }
  return std::min({env_.now + kLookInterval, allocated.at + kInterval,
                   std::max(short_until(allocated), env_.now + kIntervalMin)});
}

// Nothing is known of the way any more: each stream goes as the receiver asked for it.
template <Platform P>
void Bandwidth<P>::lift(Transport& transport) {
  for (const Transport::Sent& sent : transport.subscriptions) {
    const Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription != nullptr && subscription->is_video())
      layers_.set_target(sent.subscription, kHighestLayer);
  }
  transport.estimator.set_goal(0);
  transport.allocated = {};
}

// What the receiver's streams are, as a number that is another one when an allocation may be.
template <Platform P>
std::uint64_t Bandwidth<P>::look(Transport& transport) {
  std::uint64_t seen = 0;
  const auto mix = [&](std::uint64_t value) {
    seen = (seen ^ value) * 0x9E3779B97F4A7C15ULL;
    seen ^= seen >> 29;
  };
  for (const Transport::Sent& sent : transport.subscriptions) {
    const Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription == nullptr || !subscription->is_video()) continue;
    const Stream* stream = env_.pools.streams.resolve(subscription->target.stream);
    if (stream == nullptr) continue;
    const Layer limit = subscription->layers.limit();
    mix(sent.subscription.bits());
    mix(subscription->target.stream.bits());
    mix(std::uint64_t{stream->layers.published().version()} << 32 |
        std::uint64_t{subscription->priority} << 24 | std::uint64_t{limit.spatial} << 16 |
        std::uint64_t{limit.temporal} << 8 | std::uint64_t{subscription->is_paused});
  }
  return seen;
}

// What streams may have: a little less than they have now is not taken from them at once.
template <Platform P>
double Bandwidth<P>::to_share_out(Transport& transport) {
  Transport::Allocated& allocated = transport.allocated;
  double present_bps = 0;
  for (const AllocationStream& stream : streams_) present_bps += stream.present_bps();
  const double bps = std::max(0.0, transport.available_bps() - audio_bps_);
  if (bps >= present_bps || !allocated.is_in_force) {
    allocated.short_since = kNever;
    return bps;
  }
  if (allocated.short_since == kNever) allocated.short_since = env_.now;
  const bool is_kept = bps >= kShortShare * present_bps && !is_short_for_long(allocated);
  return is_kept ? present_bps : bps;
}

template <Platform P>
void Bandwidth<P>::allocate_streams(Transport& transport) {
  const BandwidthEstimator& estimator = transport.estimator;
  Transport::Allocated& allocated = transport.allocated;
  streams_.clear();
  shown_.clear();
  audio_bps_ = 0;
  const double passing = 1 - estimator.inherent_loss();
  const WireCost cost{.factor = kVideoCost.factor / passing, .bps = kVideoCost.bps / passing};
  for (const Transport::Sent& sent : transport.subscriptions) {
    const Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription == nullptr || subscription->is_paused) continue;
    if (!subscription->is_video()) {
      if (env_.now - subscription->last_sent_at < kSecond) audio_bps_ += kAudioBps;
      continue;
    }
    const Stream* stream = env_.pools.streams.resolve(subscription->target.stream);
    if (stream == nullptr) continue;
    AllocationStream made;
    make_steps(stream->layers.published().get(), subscription->layers.limit(), cost, made);
    made.present = subscription->layers.target();
    made.priority = subscription->priority;
    if (!streams_.push_back(made) || !shown_.push_back(sent.subscription)) break;
  }
  const bool is_held = env_.now < allocated.downgraded_at + kHoldAfterDowngrade &&
                       estimator.proved_at() < allocated.downgraded_at;
  const AllocationInput input{
      .available_bps = to_share_out(transport),
      .may_rise = !allocated.is_in_force || (!is_held && !estimator.is_growing()),
      .may_pause = allocated.over_since != kNever && env_.now >= allocated.over_since + kPatience};
  const AllocationOutput output = allocate(input, {streams_.begin(), streams_.size()});
  if (!output.is_over) {
    allocated.over_since = kNever;
  } else if (allocated.over_since == kNever) {
    allocated.over_since = env_.now;
  }
  transport.estimator.set_goal(goal_bps(transport, output));
  allocated.used_bps = output.used_bps + audio_bps_;
  apply(transport, transport.available_bps());
}

// What is worth to be probed for: the next step, with room to spare.
template <Platform P>
double Bandwidth<P>::goal_bps(const Transport& transport, const AllocationOutput& output) const {
  if (output.next_bps == 0) return 0;
  const double next_bps = output.next_bps + audio_bps_;
  if (transport.send_limit_bps != 0 && next_bps > static_cast<double>(transport.send_limit_bps))
    return 0;
  return std::max(kGoalShare * next_bps, output.used_bps + audio_bps_ + kGoalStepMinBps);
}

template <Platform P>
void Bandwidth<P>::apply(Transport& transport, double bps) {
  Transport::Allocated& allocated = transport.allocated;
  const bool is_less = bps < allocated.bps;
  bool has_gone_down = false;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const AllocationStream& stream = streams_[i];
    if (stream.steps.empty()) continue;  // nothing is known of it
    const bool was_paused = !stream.present.has_value();
    const bool is_paused = stream.given == 0;
    if (is_paused) {
      layers_.set_target(shown_[i], std::nullopt);
      has_gone_down = has_gone_down || !was_paused;
    } else {
      const Layer target = stream.steps[stream.given - 1].layer;
      layers_.set_target(shown_[i], target);
      has_gone_down = has_gone_down || (!was_paused && target < *stream.present);
    }
  }
  if (allocated.is_in_force && has_gone_down && is_less) allocated.downgraded_at = env_.now;
  allocated.is_in_force = true;
  allocated.bps = bps;
  allocated.at = env_.now;
}

}  // namespace penstock
