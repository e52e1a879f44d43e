// What penstock-bench is asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/pipeline/mix.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/srtp/backend.h"

namespace penstock::bench {

struct BenchOptions {
  std::size_t publishers = 1;    // of each room
  std::size_t subscribers = 16;  // of each publisher
  std::size_t rooms = 1;
  std::size_t workers = 1;
  Mix mix = Mix::kFixed;
  std::uint16_t payload_bytes = 1'100;  // Mix::kFixed, and keyframes
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SrtpBackend backend = SrtpBackend::kIpsecMb;
  double seconds = 5;
  std::size_t in_flight = 256;          // transmitted packets that each worker's queue holds
  std::size_t history_packets = 2'048;  // that each worker keeps of video, at most
  double loss_percent = 0;              // of what publishers send
  std::uint64_t joins_per_second = 0;
  // How busy workers are while latency is measured, of what they can do: one after the other.
  std::vector<double> load_percents = {50};
  // Video: a keyframe of this many packets each 100 ms per publisher, beside an audio publisher.
  std::size_t keyframe_packets = 0;
  bool is_scaling = false;     // compares one worker with two instead
  bool is_size_given = false;  // publishers, subscribers or both
  // What is lost at a ring that drains at this rate, instead (drain.h).
  std::optional<double> drain_gbps;
  std::size_t ring_entries = 1'024;
  double link_load_percent = 50;
  std::size_t frames_per_keyframe = 1;  // of the frames in between, a tenth of the packets
  Duration cpu_ns_per_frame = 100;      // in virtual time
  std::string json_path;
};

// Nullopt: the program is to end with `exit_status` (after --help, or a mistake).
std::optional<BenchOptions> parse_bench_options(int argc, const char* const* argv,
                                                int& exit_status);

}  // namespace penstock::bench
