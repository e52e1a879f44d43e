// What penstock-load is asked to do.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/recording.h"
#include "bench/load/server_url.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::load {

struct LoadOptions {
  ServerUrl server;
  std::vector<IpAddress> local_addresses;  // peers take them in turn; empty: the kernel chooses
  std::optional<std::uint64_t> room;       // absent: makes one
  std::size_t publishers = 1;
  std::size_t subscribers = 1;
  std::size_t streams_per_subscriber = 0;  // after check(): what each receives
  double seconds = 10;
  double window_seconds = 0;  // parts of it that are reported one by one; 0: none
  double warmup_seconds = 2;
  double ramp_per_second = 100;  // peers that begin to join
  double churn_per_second = 0;   // subscribers that leave and are replaced
  bool has_audio = true;
  bool has_video = true;
  std::optional<Recording> audio_recording;  // absent: made up
  std::optional<Recording> video_recording;
  double video_packets_per_second = 0;
  std::uint16_t audio_payload_bytes = 100;
  std::uint16_t video_payload_bytes = 1'100;
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  double decrypt_share = 0.01;
  std::size_t connections = 0;  // WebSockets; 0: as many as the peers need
  std::string api_secret;
  std::string admin_key;
  std::string json_path;
  bool is_quiet = false;

  std::size_t streams_per_publisher() const {
    return (has_audio ? 1U : 0U) + (has_video ? 1U : 0U);
  }
};

// Nullopt: the program is to end with `exit_status` (after --help, or a mistake).
std::optional<LoadOptions> parse_load_options(int argc, const char* const* argv, int& exit_status);

// "198.18.0.1", "198.18.0.10-198.18.0.250", or several of these with commas; the error says which
// part is wrong.
std::expected<std::vector<IpAddress>, std::string> parse_addresses(const std::string& text);

}  // namespace penstock::load
