// What penstock-bench is asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/rtp/media_types.h"
#include "dataplane/srtp/backend.h"

namespace penstock::bench {

struct BenchOptions {
  std::size_t publishers = 1;
  std::size_t subscribers = 16;  // of each publisher
  std::size_t workers = 1;
  std::uint16_t payload_bytes = 1'100;
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SrtpBackend backend = SrtpBackend::kIpsecMb;
  double seconds = 5;
  std::size_t in_flight = 256;  // transmitted packets that each worker's queue holds
  // Video: a keyframe of this many packets each second per publisher, beside an audio publisher.
  std::size_t keyframe_packets = 0;
  std::string json_path;
};

// Nullopt: the program is to end with `exit_status` (after --help, or a mistake).
std::optional<BenchOptions> parse_bench_options(int argc, const char* const* argv,
                                                int& exit_status);

}  // namespace penstock::bench
