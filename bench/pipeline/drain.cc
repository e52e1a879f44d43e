#include "bench/pipeline/drain.h"

#include <algorithm>
#include <cmath>

#include "bench/inprocess/leaving_peers.h"
#include "bench/inprocess/line_rate_ring.h"
#include "bench/inprocess/population.h"
#include "bench/pipeline/rooms.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kKeyframePackets = 50;
// After the last packet has come, for what waits to be sent.
constexpr Duration kFlush = 300 * kMillisecond;
// A run's time is cut into so many pieces. Consent ends after half of them, so that whoever leaves
// in the first half is missed in the second; everybody else is heard of more often. An odd number:
// that a piece ends where a pass of timers begins is chance.
constexpr int kPieces = 47;
constexpr int kPiecesToConsent = kPieces / 5;
constexpr int kLeavingPieces = kPieces / 2 - 5;
constexpr std::size_t kLeavingEachPiece = 5;
// Of a frame around its payload: Ethernet, IPv4, UDP, RTP with extensions, tag. Measured anew in
// each case; this only spaces its frames.
constexpr std::size_t kAroundPayload = 14 + 20 + 8 + 12 + 8 + 16;

std::vector<DrainCase> cases_of(const BenchOptions& options) {
  if (options.is_size_given) {
    return {{"as asked", options.publishers, options.subscribers,
             std::max<std::size_t>(options.keyframe_packets, 1), false,
             options.frames_per_keyframe}};
  }
  return {{"one packet to 500", 1, 500},
          {"eight packets at once to 64 each", 8, 64, 1, true},
          {"25 publishers x 64", 25, 64},
          {"keyframes of 50 packets to 50", 1, 50, kKeyframePackets},
          {"keyframes of 50 packets to 64", 1, 64, kKeyframePackets}};
}

// Of each publisher, if it sends nothing else.
MediaPattern pattern_of(const DrainCase& setup, std::uint16_t payload_bytes, Duration interval) {
  MediaPattern pattern =
      packets_of_one_size(Codec::kVp8, payload_bytes, setup.packets_per_frame, interval);
  if (setup.frames_per_keyframe == 1) return pattern;
  pattern.frames_per_keyframe = setup.frames_per_keyframe;
  pattern.frame_bytes = payload_bytes * std::max<std::size_t>(setup.packets_per_frame / 10, 1);
  return pattern;
}

// To all receivers, on average.
double packets_per_interval(const DrainCase& setup) {
  const double of_publisher = pattern_of(setup, 1'000, kSecond).packets_per_second();
  return static_cast<double>(setup.publishers * setup.subscribers) * of_publisher;
}

class Drain {
 public:
  Drain(const BenchOptions& options, InProcessDataplane& dataplane)
      : options_(options), dataplane_(dataplane) {}

  DrainResult measure(const DrainCase& setup) {
    result_ = {};
    result_.setup = setup;
    const double all_ns =
        packets_per_interval(setup) *
        wire_time_ns(options_.payload_bytes + kAroundPayload, *options_.drain_gbps);
    result_.frame_interval =
        std::max<Duration>(std::llround(all_ns * 100 / options_.link_load_percent), kMicrosecond);
    Population room(dataplane_, room_config(setup));
    const std::uint64_t arrived = dataplane_.packets_arrived();
    run(room);
    const std::uint64_t came = dataplane_.packets_arrived() - arrived -
                               setup.publishers * setup.packets_per_frame;  // the first frames
    count_lost(came);
    measure_spread();
    return result_;
  }

 private:
  struct Counts {
    std::array<std::uint64_t, kDropReasonCount> drops{};
    std::uint64_t overruns = 0;
    std::uint64_t frames = 0;
    Duration busy = 0;
    Duration link_busy = 0;
  };

  PopulationConfig room_config(const DrainCase& setup) const {
    PopulationConfig config;
    config.publishers = setup.publishers;
    config.receivers = setup.subscribers;
    config.subscriptions_per_receiver = std::max(kSubscriptionsPerTransport, setup.publishers);
    config.profile = options_.profile;
    config.is_in_step = setup.is_in_step;
    config.encodings[0] = pattern_of(setup, options_.payload_bytes, result_.frame_interval);
    return config;
  }

  Counts take_counts() const {
    Counts counts;
    const WorkerStats& stats = dataplane_.stats(0);
    for (std::size_t i = 0; i < kDropReasonCount; ++i) counts.drops[i] = stats.drops[i].get();
    counts.overruns = dataplane_.receive_overruns();
    counts.frames = stats.frames_sent.get();
    counts.busy = dataplane_.busy_time();
    counts.link_busy = dataplane_.link_busy();
    return counts;
  }

  // The first frames go out without a limit; see DeliveryLog.
  void run(Population& room) {
    dataplane_.watch_deliveries(
        {.receivers = room.receiver_numbers(),
         .publishers = result_.setup.publishers,
         .payload_type = kMediaPayloadType,
         .first_ssrc = subscription_ssrc(0),
         .timestamp_step = rtp_timestamp_step(Codec::kVp8, result_.frame_interval),
         .rtcp_receivers = room.publisher_numbers()});
    dataplane_.set_traffic(kArriving);
    dataplane_.run_virtually(result_.frame_interval);
    dataplane_.set_link_unlimited(false);
    const Counts before = take_counts();
    const Duration duration = run_pieces(room);
    const Duration link_busy = dataplane_.link_busy() - before.link_busy;
    result_.rtcp_gap_max = dataplane_.deliveries().longest_rtcp_gap();
    dataplane_.set_traffic(kNoTraffic);
    dataplane_.run_virtually(kFlush);
    const Counts after = take_counts();
    dataplane_.set_link_unlimited(true);
    dataplane_.wait_until_received();
    result_.link_busy = static_cast<double>(link_busy) / static_cast<double>(duration);
    result_.receive_overruns = after.overruns - before.overruns;
    result_.cpu_ns_per_packet = static_cast<double>(after.busy - before.busy) /
                                std::max(static_cast<double>(after.frames - before.frames), 1.0);
    for (std::size_t i = 0; i < kDropReasonCount; ++i) {
      const std::uint64_t count = after.drops[i] - before.drops[i];
      if (count != 0) result_.drops[std::string(to_label(static_cast<DropReason>(i)))] = count;
    }
  }

  // Returns how long it was.
  Duration run_pieces(Population& room) {
    dataplane_.clear_consents();
    dataplane_.clear_most_waiting();
    const auto peers =
        static_cast<std::uint16_t>(result_.setup.publishers + result_.setup.subscribers);
    LeavingPeers leaving(dataplane_, {.number = static_cast<std::uint16_t>(peers + 1),
                                      .profile = options_.profile,
                                      .subscriptions_max = 1});
    const auto piece = static_cast<Duration>(options_.seconds * 1e9 / kPieces);
    for (int i = 0; i < kPieces; ++i) {
      if (i % kPiecesToConsent == 0) room.renew_consent();
      if (i < kLeavingPieces) leaving.connect(kLeavingEachPiece);
      dataplane_.run_virtually(piece);
    }
    result_.consents = dataplane_.ended_consents();
    result_.most_waiting = dataplane_.most_waiting();
    return piece * kPieces;
  }

  void count_lost(std::uint64_t came) {
    const DeliveryLog& log = dataplane_.deliveries();
    result_.sent = came * result_.setup.subscribers;
    std::uint64_t delivered = 0;
    for (const std::uint64_t packets : log.packets_by_receiver()) {
      delivered += packets;
      const auto share = static_cast<double>(packets) / std::max(static_cast<double>(came), 1.0);
      result_.lost_share_by_receiver.push_back(std::max(1 - share, 0.0));
    }
    result_.lost = result_.sent - std::min(delivered, result_.sent);
    if (delivered == 0) return;
    const double wire_ns = wire_time_ns(log.media_bytes() / delivered, *options_.drain_gbps);
    const DrainCase& setup = result_.setup;
    result_.link_load =
        packets_per_interval(setup) * wire_ns / static_cast<double>(result_.frame_interval);
    const auto largest = static_cast<double>(setup.subscribers * setup.packets_per_frame);
    result_.wire_spread = std::llround(wire_ns * (largest - 1));
  }

  void measure_spread() {
    std::vector<Duration> spreads;
    for (const DeliveryLog::FrameTimes& frame : dataplane_.deliveries().frames()) {
      spreads.push_back(frame.last - frame.first);
    }
    if (spreads.empty()) return;
    std::ranges::sort(spreads);
    result_.spread_p50 = spreads[spreads.size() / 2];
    result_.spread_max = spreads.back();
  }

  const BenchOptions& options_;
  InProcessDataplane& dataplane_;
  DrainResult result_;
};

InProcessConfig config_for(const BenchOptions& options, const std::vector<DrainCase>& cases) {
  BenchOptions largest = options;
  for (const DrainCase& setup : cases) {
    largest.publishers = std::max(largest.publishers, setup.publishers);
    largest.subscribers = std::max(largest.subscribers, setup.subscribers);
  }
  InProcessConfig config = dataplane_config(largest);
  config.pools.transports += kLeavingPieces * kLeavingEachPiece;
  config.consent_timeout = static_cast<Duration>(options.seconds * 1e9 / 2);
  config.link = {.gbps = *options.drain_gbps,
                 .transmit_ring = options.ring_entries,
                 .receive_ring = options.ring_entries,
                 .cpu_per_frame = options.cpu_ns_per_frame};
  return config;
}

}  // namespace

std::expected<std::vector<DrainResult>, std::string> measure_drain(const BenchOptions& options) {
  const std::vector<DrainCase> cases = cases_of(options);
  const InProcessConfig config = config_for(options, cases);
  if (auto lacking = lacks_memory(config)) return std::unexpected(*std::move(lacking));
  auto dataplane = InProcessDataplane::start(config);
  if (!dataplane) return std::unexpected(dataplane.error());
  std::vector<DrainResult> results;
  for (const DrainCase& setup : cases) {
    results.push_back(Drain(options, **dataplane).measure(setup));
    (*dataplane)->reclaim();
  }
  return results;
}

}  // namespace penstock::bench
