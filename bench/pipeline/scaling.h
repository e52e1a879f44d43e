// What a second worker brings: one room on one worker, the same room spread over two workers, and
// two such rooms on two workers, in turns, so that what else the machine does meets all three.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "bench/pipeline/options.h"
#include "bench/report/spread.h"

namespace penstock::bench {

struct ScalingSetup {
  const char* name;
  std::size_t rooms;
  std::size_t workers;
  double ratio_goal;  // of its throughput to the first's
};
inline constexpr std::array<ScalingSetup, 3> kScalingSetups = {
    {{"one_worker", 1, 1, 1.0}, {"sharded_room", 1, 2, 1.7}, {"two_rooms", 2, 2, 1.9}}};

struct ScalingResult {
  // By the clock: of windows of 20 ms in which no worker's CPU was given to others.
  Spread packets_per_second;
  Spread ratio;  // to the median of one worker
  std::size_t preempted_windows = 0;
  // If each worker had its core to itself: packets per second of CPU time, of its workers together.
  // Of all rounds; the ratio is to one worker in the same round.
  Spread packets_per_cpu_second;
  Spread cpu_ratio;
};

struct Scaling {
  std::array<ScalingResult, kScalingSetups.size()> results;
  std::size_t rounds = 0;
};

// Error: text with remedy.
std::expected<Scaling, std::string> measure_scaling(const BenchOptions& options);

std::string to_table(const BenchOptions& options, const Scaling& scaling);
std::string to_json(const BenchOptions& options, const Scaling& scaling);

}  // namespace penstock::bench
