// What participants ask: publish and configure, which have one form, also within joinandconfigure.
// Read from JSON here, followed in videoroom/publisher_verbs.cc. Pure functions; views point into
// the request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {

struct ConfigureRequest {
  struct Description {
    std::string_view mid;
    std::string_view text;
  };
  struct Stream {
    std::string_view mid;
    bool asks_for_keyframe = false;
    std::optional<bool> is_sent;
  };

  // Absent: stays as it is.
  std::optional<std::string_view> display;
  std::optional<std::string> metadata_json;
  std::optional<std::vector<Description>> descriptions;
  std::optional<std::string_view> audio_codec, video_codec;  // the one that an offer may use
  std::optional<std::uint64_t> bitrate_bps;
  std::optional<std::uint32_t> audio_active_packets, audio_level_average;
  std::vector<Stream> streams;
  KindSwitches sends;
  bool asks_for_keyframes = false;  // of all streams
  std::optional<bool> is_recorded;
  std::optional<std::string_view> recording_name;  // of its files
  std::optional<std::string_view> secret;          // the room's, where that locks recordings
  std::vector<std::string> warnings;
};
std::expected<ConfigureRequest, Error> read_configure(const json::object& body);

}  // namespace penstock::janus
