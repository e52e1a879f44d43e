// A sender that follows its estimator over a model of a link, and a receiver that reports what
// comes, as browsers do. In virtual time; for tests of the estimator.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "bench/bridge/link_model.h"
#include "dataplane/base/byte_writer.h"
#include "dataplane/cc/bandwidth_estimator.h"
#include "dataplane/cc/transport_cc_recorder.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock::link_test {

// What is to happen, in order of time.
class Agenda {
 public:
  void at(Timestamp time, std::function<void()> what) { events_.emplace(time, std::move(what)); }
  void run_until(Timestamp end) {
    while (!events_.empty() && events_.begin()->first <= end) {
      const auto first = events_.begin();
      now = std::max(now, first->first);
      const auto what = std::move(first->second);
      events_.erase(first);
      what();
    }
    now = end;
  }
  Timestamp now = kSecond;

 private:
  std::multimap<Timestamp, std::function<void()>> events_;
};

struct FlowOptions {
  double start_bps = 1e6;
  double media_max_bps = 1e9;  // what there is to send
  double media_min_bps = 0;    // less of it there is not, whatever the estimate
  double goal_bps = 20e6;
  Duration feedback_interval = 62'500 * kMicrosecond;
  Duration return_delay = 10 * kMillisecond;
  std::uint32_t feedback_loss_per_million = 0;
};

class Flow {
 public:
  static constexpr std::size_t kPacketBytes = 1'200;

  Flow(Agenda& agenda, bridge::LinkModel& link, Prng& prng, const FlowOptions& flow_options = {})
      : options(flow_options),
        estimator(flow_options.start_bps),
        agenda_(agenda),
        link_(link),
        prng_(prng) {
    estimator.set_goal(options.goal_bps);
    agenda_.at(agenda_.now, [this] { send(); });
    agenda_.at(agenda_.now + options.feedback_interval, [this] { report(); });
  }

  struct Arrival {
    Timestamp sent_at;
    Timestamp at;
    std::size_t bytes;
  };
  // What arrived within the time, in bits a second.
  double arrived_bps(Timestamp from, Timestamp to) const {
    double bytes = 0;
    for (const Arrival& arrival : arrivals) {
      if (arrival.at >= from && arrival.at < to) bytes += static_cast<double>(arrival.bytes);
    }
    return bytes * 8 * kSecond / static_cast<double>(to - from);
  }
  // What was sent in the time.
  double sent_bps(Timestamp from, Timestamp to) const {
    double bytes = 0;
    for (const Arrival& packet : sent) {
      if (packet.at >= from && packet.at < to) bytes += static_cast<double>(packet.bytes);
    }
    return bytes * 8 * kSecond / static_cast<double>(to - from);
  }
  // The delay that 95 in 100 do not exceed, without that of the link itself.
  Duration queue_delay_p95(Timestamp from, Timestamp to, Duration link_delay) const {
    std::vector<Duration> delays;
    for (const Arrival& arrival : arrivals) {
      if (arrival.at >= from && arrival.at < to)
        delays.push_back(arrival.at - arrival.sent_at - link_delay);
    }
    if (delays.empty()) return 0;
    std::ranges::sort(delays);
    return delays[delays.size() * 95 / 100];
  }
  // When from then on what is sent in half a second is at most, or at least, so much.
  Timestamp first_at_most(Timestamp from, double bps) const {
    return first(from, [&](double rate) { return rate <= bps; });
  }
  Timestamp first_at_least(Timestamp from, double bps) const {
    return first(from, [&](double rate) { return rate >= bps; });
  }

  FlowOptions options;
  BandwidthEstimator estimator;
  std::vector<Arrival> arrivals;
  std::vector<Arrival> sent;
  std::vector<std::pair<Timestamp, double>> estimates;

 private:
  static constexpr Duration kTick = 2 * kMillisecond;

  template <typename Is>
  Timestamp first(Timestamp from, Is&& is) const {
    for (const auto& [at, bps] : estimates) {
      if (at >= from && is(bps)) return at;
    }
    return kNever;
  }

  void send() {
    const Timestamp now = agenda_.now;
    const double bps = std::min(estimator.bps(), options.media_max_bps);
    credit_ += std::max(bps, options.media_min_bps) * kTick / kSecond / 8;
    for (; credit_ >= kPacketBytes; credit_ -= kPacketBytes) send_one();
    if (estimator.poll_probe(now)) {
      for (std::size_t due = estimator.probe_due_bytes(now); due > kPacketBytes / 2;
           due -= std::min(due, kPacketBytes))
        send_one();
    }
    agenda_.at(now + kTick, [this] { send(); });
  }

  void send_one() {
    const Timestamp now = agenda_.now;
    const std::uint16_t sequence = estimator.add_sent(now, kPacketBytes);
    sent.push_back({now, now, kPacketBytes});
    const bridge::LinkVerdict verdict = link_.offer(kPacketBytes, now, prng_);
    if (verdict.fate != bridge::LinkFate::kDelivered) return;
    agenda_.at(verdict.at, [this, sequence, now] {
      recorder_.record(sequence, agenda_.now);
      arrivals.push_back({now, agenda_.now, kPacketBytes});
    });
  }

  void report() {
    while (recorder_.has_pending()) {
      std::array<std::uint8_t, 1'200> buffer;
      ByteWriter writer(buffer);
      if (recorder_.build_feedback(writer, 1, 2) == 0) break;
      if (prng_.chance(options.feedback_loss_per_million, 1'000'000)) continue;
      std::vector<std::uint8_t> message(buffer.begin(), buffer.begin() + writer.size());
      agenda_.at(agenda_.now + options.return_delay, [this, message] { take(message); });
    }
    agenda_.at(agenda_.now + options.feedback_interval, [this] { report(); });
  }

  void take(const std::vector<std::uint8_t>& message) {
    CompoundReader reader(message);
    const auto packet = reader.next();
    const auto feedback = packet ? parse_transport_feedback(*packet) : std::nullopt;
    if (!feedback) return;
    estimator.take_feedback(*feedback, agenda_.now);
    estimates.emplace_back(agenda_.now, estimator.bps());
  }

  Agenda& agenda_;
  bridge::LinkModel& link_;
  Prng& prng_;
  TransportCcRecorder recorder_;
  double credit_ = 0;
};

}  // namespace penstock::link_test
