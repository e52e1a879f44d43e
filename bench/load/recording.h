// RTP that Janus recorded: one stream of Opus or VP8 in a file (.mjr, format "MJR00002"), with its
// own payloads, sizes and times. Several publishers send the same recording; it never changes.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "bench/load/schedule.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::load {

inline constexpr std::size_t kRecordingBytesMax = 256 << 20;

// Packets of one frame that came within the same millisecond.
struct RecordedBurst {
  Duration at = 0;  // since the first
  std::size_t first = 0;
  std::size_t packets = 0;  // kBurstPacketsMax at most
  bool starts_frame = false;
  bool ends_frame = false;
  bool is_keyframe = false;
};

struct Recording {
  std::string path;
  MediaKind kind = MediaKind::kAudio;
  Duration length = 0;                 // after it, the first burst is due again
  std::vector<Payload> payloads;       // without padding; short ones are lengthened to hold a mark
  std::vector<RecordedBurst> bursts;   // video begins with a keyframe
  std::vector<std::size_t> keyframes;  // bursts that start one; for audio, each
};

// The errors say what is wrong with the file, without its name.
std::expected<Recording, std::string> parse_recording(std::span<const std::uint8_t> file);
std::expected<Recording, std::string> read_recording(const std::string& path);

}  // namespace penstock::load
