// Media that tests can check: packets of a made-up audio or VP8 stream whose payloads say who sent
// them and which one they are, and statistics of what arrives. No real codec: what matters is
// framing, keyframes and numbering.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"
#include "tests/client/video_model.h"

namespace penstock::test {

// What every payload ends with.
struct Watermark {
  std::uint32_t sender = 0;
  std::uint32_t number = 0;  // of the packet in its stream, from 0

  bool operator==(const Watermark&) const = default;
};

struct SourceFrame {
  std::vector<std::vector<std::uint8_t>> payloads;  // one per packet, in order
  bool is_keyframe = false;
};

struct SyntheticSourceConfig {
  MediaKind kind = MediaKind::kAudio;
  std::uint32_t sender = 0;  // watermark
  Duration frame_interval = 20 * kMillisecond;
  std::size_t packets_per_frame = 1;
  std::size_t packets_per_keyframe = 1;
  std::size_t payload_bytes = 100;
  // Simulcast: sources with rids that follow each other are encodings of one m-line.
  std::string rid{};
  // Of the picture, as its keyframes say it; 0: they do not.
  std::uint16_t width = 0;
  std::uint16_t height = 0;
  Codec codec = Codec::kVp8;  // of video: VP8 or H.264
  // VP8 of a model encoder, in which frames depend on each other and which has a rate: instead of
  // packets_per_frame, packets_per_keyframe and payload_bytes.
  std::optional<VideoModel::Config> model{};
};

// Sources of the usual shapes: Opus at 50 packets a second, VP8 at 30 frames a second and 0.8 Mb/s.
SyntheticSourceConfig audio(std::uint32_t sender);
SyntheticSourceConfig video(std::uint32_t sender);

// Makes frames: Opus-like for audio, VP8 or H.264 for video, with a keyframe first and whenever one
// is asked for.
class SyntheticSource {
 public:
  explicit SyntheticSource(const SyntheticSourceConfig& config) : config_(config) {
    if (config.model) model_.emplace(*config.model, config.sender);
  }

  const SyntheticSourceConfig& config() const { return config_; }
  // From the next frame on, which is a keyframe.
  void set_codec(Codec codec) {
    config_.codec = codec;
    request_keyframe();
  }
  void request_keyframe() { keyframe_wanted_ = true; }
  SourceFrame next_frame(Timestamp now = 0);
  // Of a model.
  void set_bitrate(std::uint64_t bitrate_bps) {
    if (model_) model_->set_bitrate(bitrate_bps);
  }
  std::uint32_t packets_made() const { return number_; }

 private:
  std::vector<std::uint8_t> payload(bool is_frame_start, bool is_keyframe);
  void write_watermark(std::vector<std::uint8_t>& payload);

  SyntheticSourceConfig config_;
  std::optional<VideoModel> model_;
  std::uint32_t number_ = 0;
  bool keyframe_wanted_ = true;
};

// What every payload ends with, in bytes.
inline constexpr std::size_t kWatermarkBytes = 12;
// The watermark of a payload that a SyntheticSource made.
std::optional<Watermark> read_watermark(std::span<const std::uint8_t> payload);
// Of either codec.
bool is_keyframe_start(std::span<const std::uint8_t> payload);

// What one received RTP stream looked like.
struct ReceivedStream {
  std::uint8_t payload_type = 0;
  std::string mid;           // as seen in the header extension
  std::uint32_t sender = 0;  // from the watermarks
  std::uint64_t packets = 0;
  std::uint64_t duplicates = 0;  // a sequence number seen before
  std::uint64_t foreign = 0;     // watermark missing, or of another sender
  std::uint64_t frames = 0;      // markers seen (audio: packets)
  std::uint64_t keyframes = 0;
  Timestamp keyframe_asked_at = 0;     // as there was none
  std::uint32_t width = 0;             // of the newest keyframe that said it
  std::uint64_t audio_levels = 0;      // packets with the audio level extension
  std::uint64_t highest_sequence = 0;  // extended
  std::uint64_t first_sequence = 0;
  Timestamp first_at = 0;
  Timestamp last_at = 0;
  std::uint64_t sender_reports = 0;
  std::set<std::uint64_t> repaired;                // came as RTX; some of them late themselves, too
  std::uint64_t needless_repairs = 0;              // RTX of what was there
  std::set<std::uint64_t> sequences;               // extended, all seen
  std::map<std::uint64_t, std::uint32_t> numbers;  // extended sequence -> watermark number

  // Sequence numbers between first and highest that never came.
  std::uint64_t lost() const;
  // True if the order of the watermarks is the order of the sequence numbers, and gaps match.
  bool is_order_kept() const;
};

}  // namespace penstock::test
