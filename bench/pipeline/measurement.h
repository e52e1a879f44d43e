// The runs of penstock-bench and what they found.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "bench/pipeline/options.h"
#include "dataplane/base/histogram.h"
#include "dataplane/worker/stage.h"

namespace penstock::bench {

struct Measurement {
  // Of all workers together, by wall clock.
  double packets_per_second = 0;
  // CPU time of the workers for each forwarded packet, without what making the traffic took:
  // medians of the rounds, and the best.
  double ns_per_packet = 0;
  double ns_per_packet_best = 0;
  double ns_per_packet_spread = 0;  // between the quartiles
  double cipher_ns_per_packet = 0;
  double library_cipher_ns_per_packet = 0;
  std::array<double, kStageCount> stage_ns{};  // of ns_per_packet; kOutside is left out
  Histogram latencies;                         // of all packets, or of audio with --keyframe
  Histogram idle_latencies;                    // --keyframe: audio without video
  std::uint64_t preempted_packets = 0;         // left out of both
  std::map<std::string, std::uint64_t> drops;  // by reason
  std::size_t packets_in_flight_max = 0;
  std::uint64_t preemptions = 0;
  std::size_t rounds = 0;
};

// Error: text with remedy.
std::expected<Measurement, std::string> measure(const BenchOptions& options);

}  // namespace penstock::bench
