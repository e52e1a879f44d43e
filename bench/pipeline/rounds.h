// What the workers did between two moments.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"

namespace penstock::bench {

// One worker's counters at a moment.
struct WorkerSample {
  std::uint64_t received = 0;  // RTP packets
  std::uint64_t forwarded = 0;
  Duration cpu = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t standstills = 0;
  std::array<Duration, kStageCount> stages{};
  Duration quiescent = 0;
};

struct Sample {
  Timestamp at = 0;
  std::vector<WorkerSample> workers;
};

Sample take_sample(const InProcessDataplane& dataplane);

// Costs are CPU time for each forwarded packet.
struct Round {
  double packets_per_second = 0;
  // If each worker that forwarded had its CPU all the time.
  double packets_per_cpu_second = 0;
  double inputs_per_second = 0;
  double ns_per_packet = 0;  // without what making the traffic took
  std::array<double, kStageCount> stage_ns{};
  double quiescent_share = 0;  // of the time that was not spent on making traffic
  std::uint64_t preemptions = 0;
  // Some worker's CPU was given to others for more than a moment.
  bool is_preempted = false;
};

Round round_between(const Sample& before, const Sample& after);

}  // namespace penstock::bench
