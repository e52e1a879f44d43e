// The file format of recordings, as Janus has it (.mjr, "MJR00002"): a header with a description in
// JSON, then packets as frames: "MEET", 32 bits of milliseconds since the first, 16 bits of length,
// the packet; all big endian. Pure functions.
//
// A file that ends in the middle of a frame, or in zeros, is good up to there: what reads it stops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/recording/recording_description.h"

namespace penstock::recording {

using Bytes = std::vector<std::uint8_t>;

// janus-pp-rec takes no description of this length, nor packets.
inline constexpr std::size_t kMjrDescriptionBytesMax = 1'499;
inline constexpr std::size_t kMjrPacketBytesMax = 1'500;
inline constexpr std::size_t kMjrFrameHeaderBytes = 10;
// In front of a data channel's message: when it was sent, microseconds of the real-time clock.
inline constexpr std::size_t kMjrDataTimeBytes = 8;

// "opus", "text": as the description has it.
std::string_view mjr_codec(const Description& description);

// The beginning of a file. Times: microseconds of the real-time clock; of the recording's making
// and of its first frame. Of a description that is too long, the texts are left out that nobody
// needs to play it.
Bytes mjr_header(const Description& description, std::int64_t created_us, std::int64_t first_us);

// Appends one frame; `packet` has at most 65,535 bytes.
void append_mjr_frame(Bytes& to, std::uint32_t at_ms, std::span<const std::uint8_t> packet);

// The same of a data channel's message, of at most 65,527.
void append_mjr_message(Bytes& to, std::uint32_t at_ms, std::int64_t unix_us,
                        std::span<const std::uint8_t> message);

struct MjrFrame {
  std::uint32_t at_ms = 0;
  std::span<const std::uint8_t> packet;
};

// Reads a file front to back.
class MjrReader {
 public:
  // Nothing if the file does not begin as one.
  static std::optional<MjrReader> open(std::span<const std::uint8_t> file);

  std::string_view description() const { return description_; }
  // The next whole frame; nothing at the end, or where no frame begins.
  std::optional<MjrFrame> next();
  // Behind what was read.
  std::size_t position() const { return position_; }

 private:
  std::span<const std::uint8_t> file_;
  std::string_view description_;
  std::size_t position_ = 0;
};

// How many bytes of the file are good: up to the end of its last whole frame. 0: it has none.
std::size_t whole_mjr_bytes(std::span<const std::uint8_t> file);

}  // namespace penstock::recording
