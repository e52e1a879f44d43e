#include "tests/client/synthetic_media.h"

#include <algorithm>

#include "dataplane/base/endian.h"
#include "tests/client/vp8_picture.h"

namespace penstock::test {
namespace {

constexpr std::uint32_t kMagic = 0x50454E53;

// RFC 6184: single NAL units; a keyframe begins with its sequence parameter set.
constexpr std::uint8_t kSequenceParameterSet = 0x67;
constexpr std::uint8_t kSliceOfPicture = 0x41;

}  // namespace

SyntheticSourceConfig audio(std::uint32_t sender) {
  return {.kind = MediaKind::kAudio, .sender = sender};
}

SyntheticSourceConfig video(std::uint32_t sender) {
  return {.kind = MediaKind::kVideo,
          .sender = sender,
          .frame_interval = 33 * kMillisecond,
          .packets_per_frame = 3,
          .packets_per_keyframe = 12,
          .payload_bytes = 1'100};
}

std::vector<std::uint8_t> SyntheticSource::payload(bool is_frame_start, bool is_keyframe) {
  std::vector<std::uint8_t> bytes(config_.payload_bytes, 0x55);
  if (config_.kind == MediaKind::kVideo && config_.codec == Codec::kH264) {
    bytes[0] = is_frame_start && is_keyframe ? kSequenceParameterSet : kSliceOfPicture;
  } else if (config_.kind == MediaKind::kVideo) {
    // RFC 7741: the descriptor's S bit on the first packet of a frame.
    bytes[0] = is_frame_start ? 0x10 : 0x00;
    const auto frame = std::span(bytes).subspan(1);
    if (is_frame_start) write_vp8_frame_tag(frame, is_keyframe);
    if (is_frame_start && is_keyframe && config_.width != 0)
      write_vp8_sides(frame, config_.width, config_.height);
  }
  write_watermark(bytes);
  return bytes;
}

void SyntheticSource::write_watermark(std::vector<std::uint8_t>& payload) {
  std::uint8_t* mark = payload.data() + payload.size() - kWatermarkBytes;
  store_be32(mark, kMagic);
  store_be32(mark + 4, config_.sender);
  store_be32(mark + 8, number_++);
}

SourceFrame SyntheticSource::next_frame(Timestamp now) {
  SourceFrame frame;
  frame.is_keyframe = config_.kind == MediaKind::kVideo && keyframe_wanted_;
  keyframe_wanted_ = false;
  if (model_) {
    frame.payloads = model_->next_frame(frame.is_keyframe, kWatermarkBytes, now);
    for (auto& payload : frame.payloads) write_watermark(payload);
    return frame;
  }
  const std::size_t count =
      frame.is_keyframe ? config_.packets_per_keyframe : config_.packets_per_frame;
  for (std::size_t i = 0; i < count; ++i)
    frame.payloads.push_back(payload(i == 0, frame.is_keyframe));
  return frame;
}

std::optional<Watermark> read_watermark(std::span<const std::uint8_t> payload) {
  if (payload.size() < kWatermarkBytes) return std::nullopt;
  const std::uint8_t* mark = payload.data() + payload.size() - kWatermarkBytes;
  if (load_be32(mark) != kMagic) return std::nullopt;
  return Watermark{load_be32(mark + 4), load_be32(mark + 8)};
}

bool is_keyframe_start(std::span<const std::uint8_t> payload) {
  if (!payload.empty() && payload[0] == kSequenceParameterSet) return true;
  return payload.size() > 1 && (payload[0] & 0x10) != 0 && (payload[1] & 0x01) == 0;
}

std::uint64_t ReceivedStream::lost() const {
  return sequences.empty() ? 0 : highest_sequence - first_sequence + 1 - sequences.size();
}

bool ReceivedStream::is_order_kept() const {
  const std::uint32_t* last = nullptr;
  for (const auto& [sequence, number] : numbers) {
    if (last != nullptr && number <= *last) return false;
    last = &number;
  }
  return true;
}

}  // namespace penstock::test
