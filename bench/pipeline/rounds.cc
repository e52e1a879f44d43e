#include "bench/pipeline/rounds.h"

#include <algorithm>
#include <numeric>

namespace penstock::bench {
namespace {

// Of the clock's time: what a worker that spins has of its CPU, when nobody else wants it.
constexpr double kCpuShareMin = 0.97;

struct Sums {
  double received = 0;
  double forwarded = 0;
  double cpu_ns = 0;
  double quiescent_ns = 0;
  std::array<double, kStageCount> stages{};
};

void add(const WorkerSample& before, const WorkerSample& after, Sums& sums) {
  sums.received += static_cast<double>(after.received - before.received);
  sums.forwarded += static_cast<double>(after.forwarded - before.forwarded);
  sums.cpu_ns += static_cast<double>(after.cpu - before.cpu);
  sums.quiescent_ns += static_cast<double>(after.quiescent - before.quiescent);
  for (std::size_t i = 0; i < kStageCount; ++i) {
    sums.stages[i] += static_cast<double>(after.stages[i] - before.stages[i]);
  }
}

}  // namespace

Sample take_sample(const InProcessDataplane& dataplane) {
  Sample taken;
  taken.at = InProcessDataplane::now();
  for (WorkerIndex i = 0; i < dataplane.worker_count(); ++i) {
    WorkerSample worker{.received = dataplane.stats(i).media_received.get(),
                        .forwarded = dataplane.stats(i).media_forwarded.get(),
                        .cpu = dataplane.cpu_time(i),
                        .preemptions = dataplane.preemptions(i),
                        .standstills = dataplane.standstills(i).count(),
                        .quiescent = dataplane.quiescent_time(i)};
    for (std::size_t stage = 0; stage < kStageCount; ++stage) {
      worker.stages[stage] = dataplane.stage_time(i, static_cast<Stage>(stage));
    }
    taken.workers.push_back(worker);
  }
  return taken;
}

// The stages' clock runs on while others have the CPU for a moment; CPU time does not. Shares come
// from the one, the sum from the other. Workers that forward nothing are not looked at.
Round round_between(const Sample& before, const Sample& after) {
  const auto elapsed_ns = static_cast<double>(std::max<Duration>(after.at - before.at, 1));
  Round round;
  Sums sums;
  for (std::size_t i = 0; i < after.workers.size(); ++i) {
    const WorkerSample& from = before.workers[i];
    const WorkerSample& to = after.workers[i];
    if (to.forwarded == from.forwarded) continue;
    const auto cpu_ns = static_cast<double>(std::max<Duration>(to.cpu - from.cpu, 1));
    add(from, to, sums);
    round.packets_per_cpu_second +=
        static_cast<double>(to.forwarded - from.forwarded) * 1e9 / cpu_ns;
    round.preemptions += to.preemptions - from.preemptions;
    if (cpu_ns < kCpuShareMin * elapsed_ns || to.standstills != from.standstills) {
      round.is_preempted = true;
    }
  }
  const double packets = std::max(sums.forwarded, 1.0);
  const double all = std::max(std::accumulate(sums.stages.begin(), sums.stages.end(), 0.0), 1.0);
  const double ns = sums.cpu_ns / packets;
  for (std::size_t i = 0; i < kStageCount; ++i) round.stage_ns[i] = ns * sums.stages[i] / all;
  const double outside = sums.stages[static_cast<std::size_t>(Stage::kOutside)];
  round.ns_per_packet = ns * (1 - outside / all);
  round.quiescent_share = sums.quiescent_ns / std::max(all - outside, 1.0);
  round.packets_per_second = sums.forwarded * 1e9 / elapsed_ns;
  round.inputs_per_second = sums.received * 1e9 / elapsed_ns;
  return round;
}

}  // namespace penstock::bench
