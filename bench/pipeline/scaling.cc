#include "bench/pipeline/scaling.h"

#include "bench/pipeline/rooms.h"
#include "bench/pipeline/rounds.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kWorkers = 2;
constexpr std::size_t kRoundsMin = 5;
constexpr Duration kScalingWarmUp = 50 * kMillisecond;
// Of which those are taken, for what is measured by the clock, in which nobody else ran.
constexpr Duration kWindow = 20 * kMillisecond;
constexpr std::size_t kWindows = 8;

struct SetupRound {
  Round all;
  std::vector<Round> windows;
};
using ScalingRound = std::array<SetupRound, kScalingSetups.size()>;

BenchOptions with(const BenchOptions& options, const ScalingSetup& setup) {
  BenchOptions result = options;
  result.rooms = setup.rooms;
  result.workers = kWorkers;
  return result;
}

SetupRound measure_setup(InProcessDataplane& dataplane, const BenchOptions& options,
                         const ScalingSetup& setup) {
  const Rooms rooms = make_rooms(dataplane, with(options, setup), setup.workers);
  // A worker without work would spin, and take its core from what runs beside us.
  for (std::size_t i = setup.workers; i < kWorkers; ++i) {
    dataplane.pause(static_cast<WorkerIndex>(i));
  }
  dataplane.set_traffic(kSaturated);
  dataplane.run_for(kScalingWarmUp, kSeldom);
  SetupRound round;
  const Sample first = take_sample(dataplane);
  Sample before = first;
  for (std::size_t i = 0; i < kWindows; ++i) {
    dataplane.run_for(kWindow, kWindow);
    Sample after = take_sample(dataplane);
    round.windows.push_back(round_between(before, after));
    before = std::move(after);
  }
  round.all = round_between(first, before);
  dataplane.set_traffic(kNoTraffic);
  dataplane.resume();
  dataplane.settle();
  return round;
}

// By the clock, of a setup's windows in which no worker was disturbed.
std::vector<double> undisturbed(const std::vector<ScalingRound>& rounds, std::size_t setup) {
  std::vector<double> rates;
  for (const ScalingRound& round : rounds) {
    for (const Round& window : round[setup].windows) {
      if (!window.is_preempted && window.packets_per_second > 0)
        rates.push_back(window.packets_per_second);
    }
  }
  return rates;
}

Scaling summarize(const std::vector<ScalingRound>& rounds) {
  Scaling scaling;
  scaling.rounds = rounds.size();
  const double one_worker = spread_of(undisturbed(rounds, 0)).median;
  for (std::size_t i = 0; i < kScalingSetups.size(); ++i) {
    ScalingResult& result = scaling.results[i];
    std::vector<double> rates = undisturbed(rounds, i);
    result.packets_per_second = spread_of(rates);
    result.preempted_windows = rounds.size() * kWindows - rates.size();
    for (double& rate : rates) rate /= one_worker;
    result.ratio = one_worker == 0 ? Spread{} : spread_of(std::move(rates));
    std::vector<double> cpu_rates;
    std::vector<double> cpu_ratios;
    for (const ScalingRound& round : rounds) {
      if (round[i].all.packets_per_cpu_second == 0 || round[0].all.packets_per_cpu_second == 0) {
        continue;  // had no CPU at all
      }
      cpu_rates.push_back(round[i].all.packets_per_cpu_second);
      cpu_ratios.push_back(cpu_rates.back() / round[0].all.packets_per_cpu_second);
    }
    result.packets_per_cpu_second = spread_of(std::move(cpu_rates));
    result.cpu_ratio = spread_of(std::move(cpu_ratios));
  }
  return scaling;
}

}  // namespace

std::expected<Scaling, std::string> measure_scaling(const BenchOptions& options) {
  auto dataplane =
      InProcessDataplane::start(dataplane_config(with(options, kScalingSetups.back())));
  if (!dataplane) return std::unexpected(dataplane.error());
  const Timestamp end = InProcessDataplane::now() + static_cast<Duration>(options.seconds * 1e9);
  std::vector<ScalingRound> rounds;
  while (rounds.size() < kRoundsMin || InProcessDataplane::now() < end) {
    ScalingRound round;
    for (std::size_t i = 0; i < round.size(); ++i) {
      // Begins with another one each time.
      const std::size_t setup = (rounds.size() + i) % round.size();
      round[setup] = measure_setup(**dataplane, options, kScalingSetups[setup]);
    }
    rounds.push_back(round);
  }
  return summarize(rounds);
}

}  // namespace penstock::bench
