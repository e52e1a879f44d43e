// The runs of penstock-bench and what they found.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "bench/pipeline/options.h"
#include "bench/report/spread.h"
#include "dataplane/base/histogram.h"
#include "dataplane/worker/stage.h"

namespace penstock::bench {

// At one of the options' loads, without the options' joins or with them.
struct LatencyRun {
  double load_percent = 0;
  double joins_per_second = 0;  // that were reached
  Histogram audio;
  Histogram video;
};

struct Measurement {
  // By round: the values that the two spreads of the same names are of.
  std::vector<double> rounds_packets_per_cpu_second;
  std::vector<double> rounds_ns_per_packet;
  Spread packets_per_second;  // of all workers together, by wall clock
  Spread packets_per_cpu_second;
  double inputs_per_second = 0;
  // CPU time of the workers for each forwarded packet, without what making the traffic took.
  Spread ns_per_packet;
  double cipher_ns_per_packet = 0;
  double library_cipher_ns_per_packet = 0;
  std::array<double, kStageCount> stage_ns{};  // medians; kOutside is not part of ns_per_packet
  double quiescent_share = 0;                  // of the workers' time, a part of Stage::kControl
  Histogram latencies;                         // of the first run, or of audio with --keyframe
  Histogram idle_latencies;                    // --keyframe: audio without video
  std::vector<LatencyRun> latency_runs;        // but with --keyframe
  std::uint64_t preempted_packets = 0;         // left out of both
  std::map<std::string, std::uint64_t> drops;  // by reason
  std::uint64_t lost_packets = 0;              // of publishers, by --loss
  double joins_per_second = 0;                 // that were reached
  std::size_t packets_in_flight_max = 0;
  std::uint64_t preemptions = 0;
  std::size_t preempted_rounds = 0;
};

// Error: text with remedy.
std::expected<Measurement, std::string> measure(const BenchOptions& options);

}  // namespace penstock::bench
