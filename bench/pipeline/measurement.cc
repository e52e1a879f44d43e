#include "bench/pipeline/measurement.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "bench/inprocess/population.h"
#include "bench/pipeline/library_cipher.h"

namespace penstock::bench {
namespace {

constexpr Duration kRound = 100 * kMillisecond;
constexpr Duration kWarmUp = 200 * kMillisecond;
constexpr std::size_t kAudioPayloadBytes = 100;

// Counters of all workers at a moment.
struct Sample {
  std::uint64_t forwarded = 0;
  Duration cpu = 0;
  std::uint64_t preemptions = 0;
  std::array<Duration, kStageCount> stages{};
  Timestamp at = 0;
};

Sample sample(const InProcessDataplane& dataplane) {
  Sample taken;
  taken.at = InProcessDataplane::now();
  for (WorkerIndex i = 0; i < dataplane.worker_count(); ++i) {
    taken.forwarded += dataplane.stats(i).media_forwarded.get();
    taken.cpu += dataplane.cpu_time(i);
    taken.preemptions += dataplane.preemptions(i);
    for (std::size_t stage = 0; stage < kStageCount; ++stage) {
      taken.stages[stage] += dataplane.stage_time(i, static_cast<Stage>(stage));
    }
  }
  return taken;
}

// One round: costs for each forwarded packet.
struct Round {
  double packets_per_second = 0;
  double ns_per_packet = 0;
  std::array<double, kStageCount> stage_ns{};
};

// The stages' clock runs on while others have the CPU for a moment; CPU time does not. Shares come
// from the one, the sum from the other.
Round round_between(const Sample& before, const Sample& after) {
  const auto packets =
      static_cast<double>(std::max<std::uint64_t>(after.forwarded - before.forwarded, 1));
  Round round;
  round.packets_per_second = packets * 1e9 / static_cast<double>(after.at - before.at);
  std::array<double, kStageCount> shares{};
  for (std::size_t i = 0; i < kStageCount; ++i) {
    shares[i] = static_cast<double>(after.stages[i] - before.stages[i]);
  }
  const double all = std::max(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0);
  const double cpu_ns = static_cast<double>(after.cpu - before.cpu) / packets;
  for (std::size_t i = 0; i < kStageCount; ++i) round.stage_ns[i] = cpu_ns * shares[i] / all;
  round.ns_per_packet = cpu_ns - round.stage_ns[static_cast<std::size_t>(Stage::kOutside)];
  return round;
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

PopulationConfig population(const BenchOptions& options) {
  const bool is_video = options.keyframe_packets != 0;
  return {.publishers = options.publishers,
          .receivers = options.subscribers,
          .codec = is_video ? Codec::kVp8 : Codec::kOpus,
          .payload_bytes = options.payload_bytes,
          .profile = options.profile,
          .interval = is_video ? 100 * kMillisecond : 20 * kMillisecond,
          .burst = std::max<std::size_t>(options.keyframe_packets, 1)};
}

// The audio that is measured beside video.
PopulationConfig audio_population(const BenchOptions& options) {
  return {.publishers = options.workers,
          .receivers = options.subscribers,
          .codec = Codec::kOpus,
          .payload_bytes = kAudioPayloadBytes,
          .profile = options.profile,
          .interval = kMillisecond,
          .burst = 1,
          .first_peer = 0x4000};
}

InProcessConfig dataplane_config(const BenchOptions& options) {
  const std::size_t audio = options.workers;
  InProcessConfig config;
  config.workers = options.workers;
  config.pools = {.transports = options.publishers + audio + 2 * options.subscribers + 16,
                  .streams = options.publishers + audio + 16,
                  .subscriptions = (options.publishers + audio) * options.subscribers + 64};
  config.polling.mode = PollingMode::kSpin;
  config.srtp_backend = options.backend;
  config.transmit_queue = options.in_flight;
  return config;
}

class Bench {
 public:
  Bench(const BenchOptions& options, InProcessDataplane& dataplane)
      : options_(options), dataplane_(dataplane) {}

  void measure_throughput(Measurement& measurement) {
    const Population receivers(dataplane_, population(options_));
    dataplane_.set_traffic(kSaturated);
    dataplane_.run_for(kWarmUp);
    std::vector<Round> rounds;
    const Timestamp end = InProcessDataplane::now() + run_time();
    const Sample first = sample(dataplane_);
    Sample before = first;
    do {
      dataplane_.run_for(kRound);
      measurement.packets_in_flight_max =
          std::max(measurement.packets_in_flight_max, dataplane_.packets_in_use());
      const Sample after = sample(dataplane_);
      rounds.push_back(round_between(before, after));
      before = after;
    } while (InProcessDataplane::now() < end);
    measurement.preemptions = before.preemptions - first.preemptions;
    summarize(rounds, measurement);
    stop_traffic();
  }

  std::uint64_t preempted_packets() const { return preempted_packets_; }

  // All packets, at half of what the workers can do.
  void measure_latency(Measurement& measurement) {
    const Population receivers(dataplane_, population(options_));
    const double inputs = measurement.packets_per_second /
                          static_cast<double>(options_.subscribers * options_.workers);
    dataplane_.set_traffic(static_cast<std::uint64_t>(std::max(inputs / 2, 1.0)));
    run_for_latency();
    for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
      add_latencies(kind, measurement.latencies);
    }
  }

  // Audio alone, then audio beside keyframes.
  void measure_audio_beside_video(Measurement& measurement) {
    const Population audio(dataplane_, audio_population(options_));
    dataplane_.set_traffic(kScheduled);
    run_for_latency();
    add_latencies(MediaKind::kAudio, measurement.idle_latencies);
    const Population video(dataplane_, population(options_));
    dataplane_.set_traffic(kScheduled);
    run_for_latency();
    add_latencies(MediaKind::kAudio, measurement.latencies);
  }

 private:
  Duration run_time() const { return static_cast<Duration>(options_.seconds * 1e9); }

  void stop_traffic() {
    dataplane_.set_traffic(kNoTraffic);
    dataplane_.settle();
  }

  void run_for_latency() {
    dataplane_.run_for(kWarmUp);
    dataplane_.clear_latencies();
    dataplane_.run_for(run_time() / 2);
    stop_traffic();
    for (WorkerIndex i = 0; i < dataplane_.worker_count(); ++i) {
      preempted_packets_ += dataplane_.preempted_packets(i);
    }
  }

  void add_latencies(MediaKind kind, Histogram& to) const {
    for (WorkerIndex i = 0; i < dataplane_.worker_count(); ++i) {
      to.merge(dataplane_.latencies(i, kind));
    }
  }

  static void summarize(const std::vector<Round>& rounds, Measurement& measurement) {
    std::vector<double> costs;
    std::vector<double> rates;
    for (const Round& round : rounds) {
      costs.push_back(round.ns_per_packet);
      rates.push_back(round.packets_per_second);
    }
    std::ranges::sort(costs);
    measurement.rounds = rounds.size();
    measurement.packets_per_second = median_of(rates);
    measurement.ns_per_packet = costs[costs.size() / 2];
    measurement.ns_per_packet_best = costs.front();
    measurement.ns_per_packet_spread = costs[costs.size() * 3 / 4] - costs[costs.size() / 4];
    for (std::size_t stage = 0; stage < kStageCount; ++stage) {
      std::vector<double> values;
      for (const Round& round : rounds) values.push_back(round.stage_ns[stage]);
      measurement.stage_ns[stage] = median_of(values);
    }
    measurement.cipher_ns_per_packet =
        measurement.stage_ns[static_cast<std::size_t>(Stage::kProtect)];
  }

  const BenchOptions& options_;
  InProcessDataplane& dataplane_;
  std::uint64_t preempted_packets_ = 0;
};

}  // namespace

std::expected<Measurement, std::string> measure(const BenchOptions& options) {
  auto dataplane = InProcessDataplane::start(dataplane_config(options));
  if (!dataplane) return std::unexpected(dataplane.error());
  Measurement measurement;
  Bench bench(options, **dataplane);
  bench.measure_throughput(measurement);
  measurement.library_cipher_ns_per_packet = library_cipher_ns(options);
  if (options.keyframe_packets == 0) {
    bench.measure_latency(measurement);
  } else {
    bench.measure_audio_beside_video(measurement);
  }
  measurement.preempted_packets = bench.preempted_packets();
  for (WorkerIndex i = 0; i < (*dataplane)->worker_count(); ++i) {
    for (std::size_t reason = 0; reason < kDropReasonCount; ++reason) {
      const std::uint64_t count = (*dataplane)->stats(i).drops[reason].get();
      if (count == 0) continue;
      measurement.drops[std::string(to_label(static_cast<DropReason>(reason)))] += count;
    }
  }
  return measurement;
}

}  // namespace penstock::bench
