#include "bench/bridge/link_model.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock::bridge {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr auto kNsPerSecond = static_cast<std::uint64_t>(kSecond);

}  // namespace

LinkModel::LinkModel(const LinkConditions& conditions) { set_conditions(conditions); }

void LinkModel::set_conditions(const LinkConditions& conditions) {
  set_steps({{.from = 0, .conditions = conditions}});
}

void LinkModel::set_steps(std::vector<LinkStep> steps) {
  PENSTOCK_CHECK(!steps.empty());
  steps_ = std::move(steps);
}

LinkVerdict LinkModel::offer(std::size_t bytes, Timestamp now, Prng& prng) {
  const LinkConditions& conditions = steps_[step_at(now)].conditions;
  ++counters_.offered;
  if (const LinkFate fate = judge(conditions, prng); fate != LinkFate::kDelivered) return {fate};
  const bool is_doubled = prng.chance(conditions.duplicate_per_million, kMillion);
  const auto first = pass(bytes, now, prng);
  const auto second = is_doubled ? pass(bytes, now, prng) : std::nullopt;
  counters_.duplicated += second.has_value();
  counters_.queue_full += !first;
  if (!first) return {LinkFate::kQueueFull};
  const Timestamp last = second ? std::max(*first, *second) : *first;
  counters_.delay_max = std::max(counters_.delay_max, last - now);
  return {LinkFate::kDelivered, *first, second.value_or(kNever)};
}

// Everything that may lose a frame is asked about every frame, so that a burst goes on behind a
// frame that was lost by itself.
LinkFate LinkModel::judge(const LinkConditions& conditions, Prng& prng) {
  if (conditions.is_cut) {
    ++counters_.lost_in_outage;
    return LinkFate::kLostInOutage;
  }
  const bool is_lost = prng.chance(conditions.loss_per_million, kMillion);
  bool is_lost_in_burst = false;
  if (const BurstLoss& bursts = conditions.bursts; bursts.begin_per_million > 0) {
    const bool changes =
        prng.chance(is_in_burst_ ? bursts.end_per_million : bursts.begin_per_million, kMillion);
    is_in_burst_ = is_in_burst_ != changes;
    is_lost_in_burst = prng.chance(bursts.loss_per_million, kMillion) && is_in_burst_;
  } else {
    is_in_burst_ = false;
  }
  counters_.lost += is_lost;
  counters_.lost_in_burst += is_lost_in_burst && !is_lost;
  if (is_lost) return LinkFate::kLost;
  return is_lost_in_burst ? LinkFate::kLostInBurst : LinkFate::kDelivered;
}

std::optional<Timestamp> LinkModel::pass(std::size_t bytes, Timestamp now, Prng& prng) {
  const LinkConditions& conditions = steps_[step_at(now)].conditions;
  const auto jitter =
      static_cast<Duration>(prng.below(static_cast<std::uint64_t>(conditions.jitter) + 1));
  const bool is_held =
      conditions.held_per_million > 0 && prng.chance(conditions.held_per_million, kMillion);
  if (!has_room(bytes, now)) return std::nullopt;
  const Timestamp at = transmit(bytes, now) + conditions.delay + jitter;
  if (is_held) return at + conditions.held_for;
  const Timestamp arrival = conditions.keeps_order ? std::max(at, latest_) : at;
  latest_ = std::max(latest_, arrival);
  return arrival;
}

bool LinkModel::has_room(std::size_t bytes, Timestamp now) const {
  const std::size_t step = step_at(now);
  const LinkConditions& conditions = steps_[step].conditions;
  if (conditions.rate_bps == 0 || idle_at_ <= now) return true;
  if (conditions.queue_time_max > 0 && idle_at_ - now > conditions.queue_time_max) return false;
  if (conditions.queue_bytes_max == 0) return true;
  double queued_bytes = 0;  // what will be transmitted until then
  Timestamp from = now;
  for (std::size_t i = step; i < steps_.size() && from < idle_at_; ++i) {
    const Timestamp until = std::min(idle_at_, end_of(i));
    const auto seconds = static_cast<double>(until - from) / static_cast<double>(kSecond);
    queued_bytes += seconds * static_cast<double>(steps_[i].conditions.rate_bps) / 8;
    from = until;
  }
  return queued_bytes + static_cast<double>(bytes) <=
         static_cast<double>(conditions.queue_bytes_max);
}

// The frame's last bit leaves the bottleneck: now, if it has none.
Timestamp LinkModel::transmit(std::size_t bytes, Timestamp now) {
  std::uint64_t bits = 8 * static_cast<std::uint64_t>(bytes);
  Timestamp at = std::max(now, idle_at_);
  for (std::size_t step = step_at(at);; ++step) {
    const std::uint64_t rate_bps = steps_[step].conditions.rate_bps;
    if (rate_bps == 0) break;
    const auto needed =
        static_cast<Duration>((bits * kNsPerSecond + rate_bps - 1) / rate_bps);  // rounded up
    const Duration left = end_of(step) - at;
    if (needed <= left) {
      at += needed;
      break;
    }
    bits -= static_cast<std::uint64_t>(left) * rate_bps / kNsPerSecond;
    at += left;
  }
  idle_at_ = at;
  return at;
}

std::size_t LinkModel::step_at(Timestamp time) const {
  const auto later =
      std::upper_bound(steps_.begin() + 1, steps_.end(), time,
                       [](Timestamp wanted, const LinkStep& step) { return wanted < step.from; });
  return static_cast<std::size_t>(later - steps_.begin()) - 1;
}

Timestamp LinkModel::end_of(std::size_t step) const {
  return step + 1 < steps_.size() ? steps_[step + 1].from : kNever;
}

}  // namespace penstock::bridge
