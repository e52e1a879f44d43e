#include "bench/pipeline/measurement.h"

#include <algorithm>
#include <optional>

#include "bench/inprocess/members.h"
#include "bench/pipeline/library_cipher.h"
#include "bench/pipeline/rooms.h"
#include "bench/pipeline/rounds.h"

namespace penstock::bench {
namespace {

constexpr Duration kRound = 100 * kMillisecond;
constexpr Duration kWarmUp = 200 * kMillisecond;
// Media time: until then a publisher's first keyframe is out, which not all send at once later.
constexpr Duration kWarmUpMedia = 200 * kMillisecond;
constexpr Duration kWarmUpMax = 20 * kSecond;
constexpr Duration kStarvedMax = 30 * kSecond;  // without CPU, before it is given up
constexpr std::size_t kStandingMembers = 8;
constexpr std::uint16_t kAudioFirstPeer = 0xD000;
constexpr std::uint16_t kJoinedFirstPeer = 0xE000;

// Where people join in a carrier's network, whose rooms are full.
PopulationConfig joined_room(const BenchOptions& options) {
  PopulationConfig config;
  config.publishers = 1;
  config.receivers = kStandingMembers;
  config.profile = options.profile;
  config.encodings[0] =
      packets_of_one_size(Codec::kVp8, options.payload_bytes, 1, 33 * kMillisecond);
  config.first_peer = kJoinedFirstPeer;
  return config;
}

// The audio that is measured beside video.
PopulationConfig audio_population(const BenchOptions& options) {
  PopulationConfig config;
  config.publishers = options.workers;
  config.receivers = options.subscribers;
  config.profile = options.profile;
  config.encodings[0] = packets_of_one_size(Codec::kOpus, kAudioPayloadBytes, 1, kMillisecond);
  config.first_peer = kAudioFirstPeer;
  return config;
}

template <typename Value>
Spread spread_over(const std::vector<Round>& rounds, Value&& value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  return spread_of(std::move(values));
}

void summarize(const std::vector<Round>& rounds, Measurement& measurement) {
  measurement.packets_per_second =
      spread_over(rounds, [](const Round& round) { return round.packets_per_second; });
  measurement.packets_per_cpu_second =
      spread_over(rounds, [](const Round& round) { return round.packets_per_cpu_second; });
  measurement.inputs_per_second =
      spread_over(rounds, [](const Round& round) { return round.inputs_per_second; }).median;
  measurement.ns_per_packet =
      spread_over(rounds, [](const Round& round) { return round.ns_per_packet; });
  measurement.quiescent_share =
      spread_over(rounds, [](const Round& round) { return round.quiescent_share; }).median;
  for (std::size_t i = 0; i < kStageCount; ++i) {
    measurement.stage_ns[i] =
        spread_over(rounds, [i](const Round& round) { return round.stage_ns[i]; }).median;
  }
  measurement.cipher_ns_per_packet =
      measurement.stage_ns[static_cast<std::size_t>(Stage::kProtect)];
  for (const Round& round : rounds) {
    measurement.rounds_packets_per_cpu_second.push_back(round.packets_per_cpu_second);
    measurement.rounds_ns_per_packet.push_back(round.ns_per_packet);
    measurement.preemptions += round.preemptions;
    measurement.preempted_rounds += round.is_preempted ? 1 : 0;
  }
}

class Bench {
 public:
  Bench(const BenchOptions& options, InProcessDataplane& dataplane, Measurement& measurement)
      : options_(options), dataplane_(dataplane), measurement_(measurement) {}

  void measure_throughput() {
    const Rooms rooms = make_rooms(dataplane_, options_, options_.workers);
    JoinedRoom joined;
    if (options_.joins_per_second != 0) add_members(rooms, joined);
    std::optional<Members>& members = joined.members;
    dataplane_.settle();
    dataplane_.set_traffic(kSaturated);
    warm_up();
    std::vector<Round> rounds;
    std::uint64_t joins = 0;
    const Timestamp begin = InProcessDataplane::now();
    const auto is_enough = [&](Timestamp at) {
      return at >= begin + run_time() && (!rounds.empty() || at >= begin + kStarvedMax);
    };
    for (Sample before = take_sample(dataplane_); !is_enough(before.at);) {
      if (members) {
        joins += members->replace_for(kRound, options_.joins_per_second);
      } else {
        dataplane_.run_for(kRound, kSeldom);
      }
      measurement_.packets_in_flight_max =
          std::max(measurement_.packets_in_flight_max, dataplane_.packets_in_use());
      Sample after = take_sample(dataplane_);
      const Round round = round_between(before, after);
      // Workers that had no CPU at all say nothing of what packets cost.
      if (round.packets_per_cpu_second > 0) {
        rounds.push_back(round);
      } else {
        ++measurement_.preempted_rounds;
      }
      before = std::move(after);
    }
    const auto elapsed = static_cast<double>(InProcessDataplane::now() - begin);
    measurement_.joins_per_second = static_cast<double>(joins) * 1e9 / elapsed;
    summarize(rounds, measurement_);
    stop_traffic();
  }

  // All packets, at each load, and there without joins and with them.
  void measure_latency() {
    dataplane_.watch_latencies();
    const Rooms rooms = make_rooms(dataplane_, options_, options_.workers);
    JoinedRoom joined;
    if (options_.joins_per_second != 0) add_members(rooms, joined);
    for (const double percent : options_.load_percents) {
      measure_latency_at(percent, nullptr);
      if (joined.members) measure_latency_at(percent, &*joined.members);
    }
    measurement_.latencies.merge(measurement_.latency_runs.front().audio);
    measurement_.latencies.merge(measurement_.latency_runs.front().video);
  }

  // Audio alone, then audio beside keyframes.
  void measure_audio_beside_video() {
    dataplane_.watch_latencies();
    dataplane_.reclaim();
    const Population audio(dataplane_, audio_population(options_));
    dataplane_.set_traffic(kScheduled);
    static_cast<void>(run_for_latency(nullptr));
    add_latencies(MediaKind::kAudio, measurement_.idle_latencies);
    const Rooms video = make_rooms(dataplane_, options_, options_.workers);
    dataplane_.set_traffic(kScheduled);
    static_cast<void>(run_for_latency(nullptr));
    add_latencies(MediaKind::kAudio, measurement_.latencies);
  }

  void count_losses() {
    for (WorkerIndex i = 0; i < dataplane_.worker_count(); ++i) {
      measurement_.lost_packets += dataplane_.lost_packets(i);
      for (std::size_t reason = 0; reason < kDropReasonCount; ++reason) {
        const std::uint64_t count = dataplane_.stats(i).drops[reason].get();
        if (count == 0) continue;
        measurement_.drops[std::string(to_label(static_cast<DropReason>(reason)))] += count;
      }
    }
  }

 private:
  struct JoinedRoom {
    std::unique_ptr<Population> own;  // or null: the first of the options' rooms
    std::optional<Members> members;
  };

  void add_members(const Rooms& rooms, JoinedRoom& joined) {
    if (rooms.populations.empty())
      joined.own = std::make_unique<Population>(dataplane_, joined_room(options_));
    joined.members.emplace(dataplane_, joined.own ? *joined.own : *rooms.populations.front());
    const std::size_t count = std::min(kStandingMembers, 8 * options_.subscribers);
    while (joined.members->size() < count && joined.members->join()) {
    }
  }

  void measure_latency_at(double percent, Members* members) {
    dataplane_.set_scheduled_traffic(measurement_.inputs_per_second * percent / 100 /
                                     room_totals(options_).packets_per_second);
    LatencyRun& run = measurement_.latency_runs.emplace_back();
    run.load_percent = percent;
    run.joins_per_second = run_for_latency(members);
    add_latencies(MediaKind::kAudio, run.audio);
    add_latencies(MediaKind::kVideo, run.video);
  }

  void warm_up() {
    const auto received = [&] {
      std::uint64_t packets = 0;
      for (const WorkerSample& worker : take_sample(dataplane_).workers) packets += worker.received;
      return packets;
    };
    const auto packets = static_cast<std::uint64_t>(room_totals(options_).packets_per_second *
                                                    static_cast<double>(kWarmUpMedia) / 1e9);
    const std::uint64_t enough = received() + packets;
    const Timestamp given_up_at = InProcessDataplane::now() + kWarmUpMax;
    dataplane_.run_for(kWarmUp);
    while (received() < enough && InProcessDataplane::now() < given_up_at)
      dataplane_.run_for(kRound, kSeldom);
  }

  Duration run_time() const { return static_cast<Duration>(options_.seconds * 1e9); }

  void stop_traffic() {
    dataplane_.set_traffic(kNoTraffic);
    dataplane_.settle();
  }

  // Returns how many joined, and left, a second: none without `members`.
  double run_for_latency(Members* members) {
    warm_up();
    dataplane_.clear_latencies();
    std::uint64_t joins = 0;
    if (members != nullptr) {
      joins = members->replace_for(run_time() / 2, options_.joins_per_second);
    } else {
      dataplane_.run_for(run_time() / 2, kSeldom);
    }
    stop_traffic();
    for (WorkerIndex i = 0; i < dataplane_.worker_count(); ++i) {
      measurement_.preempted_packets += dataplane_.preempted_packets(i);
    }
    return static_cast<double>(joins) / (options_.seconds / 2);
  }

  void add_latencies(MediaKind kind, Histogram& to) const {
    for (WorkerIndex i = 0; i < dataplane_.worker_count(); ++i) {
      to.merge(dataplane_.latencies(i, kind));
    }
  }

  const BenchOptions& options_;
  InProcessDataplane& dataplane_;
  Measurement& measurement_;
};

}  // namespace

std::expected<Measurement, std::string> measure(const BenchOptions& options) {
  const InProcessConfig config = dataplane_config(options);
  if (auto lacking = lacks_memory(config)) return std::unexpected(*std::move(lacking));
  auto dataplane = InProcessDataplane::start(config);
  if (!dataplane) return std::unexpected(dataplane.error());
  Measurement measurement;
  Bench bench(options, **dataplane, measurement);
  bench.measure_throughput();
  measurement.library_cipher_ns_per_packet = library_cipher_ns(options);
  if (options.keyframe_packets == 0) {
    bench.measure_latency();
  } else {
    bench.measure_audio_beside_video();
  }
  bench.count_losses();
  return measurement;
}

}  // namespace penstock::bench
