// What one file is to be a recording of, as whoever asks for it says. A value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/rtp/media_types.h"

namespace penstock::recording {

struct Description {
  // Where: a folder below that of all recordings, and the name up to what tells the streams of a
  // publisher apart; both as recording_path.h lets them pass.
  std::string folder{};
  std::string stem{};
  bool has_time = false;  // the time is part of the name
  MediaKind kind = MediaKind::kAudio;
  std::uint32_t mindex = 0;
  std::string mid{};
  Codec codec = Codec::kOpus;  // unless kind is kData
  bool is_text = false;        // of data: texts
  std::string fmtp{};
  std::string text{};  // the stream's description
  // Ids of header extensions and what they are.
  std::vector<std::pair<std::uint8_t, std::string>> extensions{};
  std::uint8_t red_payload_type = 0;  // 0: nothing is RED
  bool is_e2ee = false;               // payloads are encrypted by who sends them
  std::string about_json{};           // an object: whose it is, for the sidecar

  bool operator==(const Description&) const = default;
};

}  // namespace penstock::recording
