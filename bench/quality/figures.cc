#include "bench/quality/figures.h"

#include <algorithm>
#include <optional>

#include "bench/quality/ideal.h"

namespace penstock::quality {
namespace {

// A part of the call, on the simulation's clock.
struct Window {
  Timestamp from = 0;
  Timestamp to = 0;

  bool has(Timestamp at) const { return at >= from && at < to; }
  double seconds() const { return static_cast<double>(to - from) / 1e9; }
};

// Behind the last packets there is no time in which they could be sent again.
constexpr Duration kTail = kSecond;

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

double queue_delay_p95_ms(const ReceiverRecord& receiver, const Window& window) {
  std::vector<double> delays_ms;
  for (const ReceiverLog::Sent& sent : receiver.log.sent()) {
    if (window.has(sent.at) && sent.arrives_at != kNever)
      delays_ms.push_back(static_cast<double>(sent.queued_ns) / 1e6);
  }
  return percentile(std::move(delays_ms), 0.95);
}

// Of what arrived, so that losses and probes do not count.
double media_bps(const ReceiverRecord& receiver, const Window& window) {
  std::uint64_t bytes = 0;
  for (const ReceiverLog::Sent& sent : receiver.log.sent()) {
    if (sent.arrives_at != kNever && window.has(sent.arrives_at)) bytes += sent.bytes;
  }
  return static_cast<double>(bytes) * 8 / window.seconds();
}

double frozen_share(const ReceiverRecord& receiver, const Window& window) {
  double share = receiver.log.videos().empty() ? 1 : 0;
  for (const auto& [ssrc, video] : receiver.log.videos()) {
    const auto freezes = video.watcher.freezes(window.from, window.to);
    const Duration frozen = test::frozen(freezes, window.from, window.to);
    share = std::max(share, static_cast<double>(frozen) / 1e9 / window.seconds());
  }
  return share;
}

struct Losses {
  std::uint64_t lost = 0;
  std::uint64_t recovered = 0;
  std::uint64_t never_arrived = 0;
};

Losses losses_of(const ReceiverRecord& receiver, const Window& window) {
  Losses losses;
  for (const auto& [ssrc, video] : receiver.log.videos()) {
    for (const auto& [sequence, packet] : video.packets) {
      if (!window.has(packet.at)) continue;
      losses.lost += packet.is_lost;
      losses.recovered += packet.is_lost && packet.has_arrived;
      losses.never_arrived += !packet.has_arrived;
    }
  }
  return losses;
}

// Numbers that were never sent, although the frame before them was complete.
std::size_t gaps_of(const ReceiverRecord& receiver) {
  std::size_t gaps = 0;
  for (const auto& [ssrc, video] : receiver.log.videos()) {
    const ReceiverLog::SentPacket* last = nullptr;
    std::uint64_t last_sequence = 0;
    for (const auto& [sequence, packet] : video.packets) {
      if (last != nullptr && sequence != last_sequence + 1) {
        const bool is_one_behind_incomplete = sequence == last_sequence + 2 && !last->marker;
        gaps += is_one_behind_incomplete ? 0 : 1;
      }
      last = &packet;
      last_sequence = sequence;
    }
  }
  return gaps;
}

std::size_t violations_of(const Scenario& scenario, const CallRecord& call) {
  std::size_t violations = call.server_failures;
  const bool is_uplink_whole =
      std::ranges::all_of(scenario.publishers, [](const PublisherPlan& plan) {
        return plan.uplink.conditions.loss_per_million == 0 && plan.uplink.conditions.rate_bps == 0;
      });
  for (const auto& receiver : call.receivers) {
    if (is_uplink_whole) violations += gaps_of(*receiver);
    for (const auto& [ssrc, video] : receiver->log.videos())
      violations += video.watcher.violation_count();
  }
  return violations;
}

// When the last packet of a wider picture than `width` was sent in the window, if one was.
std::optional<Timestamp> last_wider(const ReceiverRecord& receiver, std::uint16_t width,
                                    const Window& window) {
  std::optional<Timestamp> last;
  for (const auto& [ssrc, video] : receiver.log.videos()) {
    for (const auto& [sequence, packet] : video.packets) {
      if (packet.width > width && window.has(packet.at))
        last = std::max(last.value_or(0), packet.at);
    }
  }
  return last;
}

std::optional<Timestamp> first_of(const ReceiverRecord& receiver, std::uint16_t width,
                                  const Window& window) {
  std::optional<Timestamp> first;
  for (const auto& [ssrc, video] : receiver.log.videos()) {
    for (const auto& [sequence, packet] : video.packets) {
      if (packet.width >= width && window.has(packet.at) && (!first || packet.at < *first))
        first = packet.at;
    }
  }
  return first;
}

void add_step_figures(const Scenario& scenario, const CallRecord& call, Figures& figures) {
  if (!scenario.down_at) return;
  const ReceiverRecord& receiver = *call.receivers.front();
  const auto ideal_at = [&](Duration time) {
    return ideal_on(conditions_at(phases_of(scenario, 0), time).rate_bps, scenario.publishers);
  };
  const Timestamp down_at = call.began_at + *scenario.down_at;
  const Timestamp up_at = scenario.up_at ? call.began_at + *scenario.up_at : call.ended_at;
  const auto wider = last_wider(receiver, ideal_at(*scenario.down_at).width, {down_at, up_at});
  figures["time_down_ms"] = wider ? static_cast<double>(*wider - down_at) / 1e6 : 0;
  figures["queue_delay_after_step_p95_ms"] =
      queue_delay_p95_ms(receiver, {down_at, down_at + 2 * kSecond});
  if (!scenario.up_at) return;
  const auto first = first_of(receiver, ideal_at(*scenario.up_at).width, {up_at, call.ended_at});
  figures["time_up_ms"] = static_cast<double>(first.value_or(call.ended_at) - up_at) / 1e6;
}

void add_receiver_figures(const Scenario& scenario, const CallRecord& call, const Window& steady,
                          Figures& figures) {
  double utilisation = 1;
  double queue_ms = 0;
  double frozen = 0;
  double least_bps = 0;
  double greatest_bps = 0;
  Losses all;
  std::uint64_t neighbours_lost = 0;
  for (std::size_t i = 0; i < call.receivers.size(); ++i) {
    const ReceiverRecord& receiver = *call.receivers[i];
    const Ideal ideal = ideal_on(
        conditions_at(phases_of(scenario, i), scenario.settled_at).rate_bps, scenario.publishers);
    const double bps = media_bps(receiver, steady);
    if (ideal.rate_bps != 0 && !scenario.receivers[i].shares_link)
      utilisation = std::min(utilisation, bps / static_cast<double>(ideal.rate_bps));
    queue_ms = std::max(queue_ms, queue_delay_p95_ms(receiver, steady));
    frozen = std::max(frozen, frozen_share(receiver, steady));
    least_bps = i == 0 ? bps : std::min(least_bps, bps);
    greatest_bps = std::max(greatest_bps, bps);
    const Losses losses = losses_of(receiver, {steady.from, steady.to - kTail});
    all.lost += losses.lost;
    all.recovered += losses.recovered;
    if (i != 0) neighbours_lost += losses.never_arrived;
  }
  const bool is_shared = std::ranges::any_of(scenario.receivers, &ReceiverPlan::shares_link);
  if (!is_shared) figures["utilisation"] = utilisation;
  if (is_shared) figures["fairness"] = greatest_bps == 0 ? 0 : least_bps / greatest_bps;
  if (!is_shared && call.receivers.size() > 1)
    figures["neighbours_lost"] = static_cast<double>(neighbours_lost);
  figures["queue_delay_p95_ms"] = queue_ms;
  figures["frozen_share"] = frozen;
  if (all.lost != 0)
    figures["recovered_share"] = static_cast<double>(all.recovered) / static_cast<double>(all.lost);
}

}  // namespace

Figures figures_of(const Scenario& scenario, const CallRecord& call) {
  Figures figures;
  const Window steady{call.began_at + scenario.settled_at, call.ended_at};
  if (!scenario.down_at) {
    add_receiver_figures(scenario, call, steady, figures);
  } else {
    add_step_figures(scenario, call, figures);
  }
  std::uint64_t lost_up = 0;
  std::uint64_t missing_up = 0;
  std::uint64_t requests = 0;
  for (const PublisherRecord& publisher : call.publishers) {
    lost_up += publisher.video_lost;
    missing_up += publisher.video_missing;
    requests += publisher.keyframe_requests;
  }
  if (lost_up != 0 && scenario.publishers.front().encodings.size() == 1) {
    figures["recovered_up_share"] =
        1 - static_cast<double>(missing_up) / static_cast<double>(lost_up);
  }
  figures["keyframe_requests"] = static_cast<double>(requests);
  figures["oracle_violations"] = static_cast<double>(violations_of(scenario, call));
  return figures;
}

bool is_met(const Expectation& expectation, const Figures& figures) {
  const auto found = figures.find(expectation.figure);
  if (found == figures.end()) return false;
  return expectation.is_minimum ? found->second >= expectation.limit
                                : found->second <= expectation.limit;
}

}  // namespace penstock::quality
