// A model of a VP8 encoder, and of what its frames are to whoever decodes them: temporal layers,
// picture ids (RFC 7741 section 4.2), keyframes when asked for, and as many bytes as a rate allows.
// What is in place of the picture says which frame it is and which one it refers to, so that a
// model of a decoder (video_watcher.h) can tell whether the frame could be decoded. Time and
// randomness are arguments.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"

namespace penstock::test {

// What stands at the end of each packet, before the watermark.
struct FrameMark {
  static constexpr std::size_t kBytes = 24;
  static constexpr std::uint32_t kNoFrame = ~std::uint32_t{0};

  std::uint32_t encoding = 0;          // of the publisher's, told apart by the frame's width
  std::uint32_t frame = 0;             // of the encoding, from 0
  std::uint32_t reference = kNoFrame;  // the newest frame that this one needs; a keyframe: none
  std::uint8_t temporal_layer = 0;
  std::uint8_t packet = 0;  // of the frame
  std::uint8_t packets = 0;
  std::uint32_t captured_ms = 0;

  bool is_keyframe() const { return reference == kNoFrame; }
};

void write_frame_mark(std::span<std::uint8_t> bytes, const FrameMark& mark);
// Of a payload that a VideoModel made, without the watermark behind it.
std::optional<FrameMark> read_frame_mark(std::span<const std::uint8_t> bytes);

// What a picture in so many temporal layers takes up to each of them, in percent of its rate.
std::vector<unsigned> rates_up_to_layers(unsigned temporal_layers);

class VideoModel {
 public:
  struct Config {
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint64_t bitrate_bps = 0;
    Duration frame_interval = 33 * kMillisecond;
    unsigned temporal_layers = 1;  // 1 to 3
  };

  VideoModel(const Config& config, std::uint64_t seed);

  // What its frames may take on average from now on.
  void set_bitrate(std::uint64_t bitrate_bps) { bitrate_bps_ = bitrate_bps; }
  std::uint64_t bitrate_bps() const { return bitrate_bps_; }

  // The payloads of the next frame, each with `behind_bytes` of room at its end.
  std::vector<std::vector<std::uint8_t>> next_frame(bool is_keyframe, std::size_t behind_bytes,
                                                    Timestamp captured_at);

  static constexpr std::size_t kPayloadBytesMax = 1'100;
  // A keyframe takes as much as so many usual frames, which those behind it save again.
  static constexpr std::int64_t kKeyframeFactor = 8;

 private:
  std::size_t take_frame_bytes(bool is_keyframe, unsigned temporal_layer);
  std::uint32_t reference_of(unsigned temporal_layer) const;
  std::vector<std::uint8_t> make_packet(const FrameMark& mark, std::size_t bytes,
                                        std::size_t behind_bytes) const;

  Config config_;
  Prng prng_;
  std::uint64_t bitrate_bps_;
  std::int64_t debt_bytes_ = 0;
  std::uint32_t frame_ = 0;
  std::uint32_t in_pattern_ = 0;  // frames since the last keyframe
  std::array<std::uint32_t, 3> last_of_layer_{};
  std::uint16_t picture_id_;
  std::uint8_t tl0_picture_index_;
  std::uint8_t key_index_ = 0;
  bool is_layer_sync_ = false;
};

}  // namespace penstock::test
