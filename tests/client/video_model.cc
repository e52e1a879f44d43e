#include "tests/client/video_model.h"

#include <algorithm>
#include <array>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/endian.h"
#include "tests/client/vp8_picture.h"

namespace penstock::test {
namespace {

constexpr std::uint32_t kFrameMagic = 0x46524D4B;
constexpr std::size_t kDescriptorBytes = 6;
constexpr std::int64_t kFrameBytesMin = 80;
// What a frame of each temporal layer takes of an equal share, in percent: lower layers are
// referred to, and finer.
constexpr std::array<std::array<unsigned, 3>, 3> kLayerShares = {
    {{100, 0, 0}, {120, 80, 0}, {160, 80, 80}}};

// Of L1T2 and L1T3.
unsigned temporal_layer_of(unsigned layers, std::uint32_t in_pattern) {
  if (layers == 2) return in_pattern % 2;
  if (layers == 3) return in_pattern % 4 == 0 ? 0 : in_pattern % 4 == 2 ? 1 : 2;
  return 0;
}

}  // namespace

std::vector<unsigned> rates_up_to_layers(unsigned temporal_layers) {
  constexpr std::uint32_t kPattern = 4;
  std::vector<unsigned> percents(temporal_layers);
  for (std::uint32_t i = 0; i < kPattern; ++i) {
    const unsigned layer = temporal_layer_of(temporal_layers, i);
    for (unsigned above = layer; above < temporal_layers; ++above)
      percents[above] += kLayerShares[temporal_layers - 1][layer] / kPattern;
  }
  return percents;
}

void write_frame_mark(std::span<std::uint8_t> bytes, const FrameMark& mark) {
  ByteWriter writer(bytes);
  writer.write_u32(kFrameMagic);
  writer.write_u32(mark.encoding);
  writer.write_u32(mark.frame);
  writer.write_u32(mark.reference);
  writer.write_u8(mark.temporal_layer);
  writer.write_u8(mark.packet);
  writer.write_u8(mark.packets);
  writer.write_u8(0);
  writer.write_u32(mark.captured_ms);
}

std::optional<FrameMark> read_frame_mark(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < FrameMark::kBytes) return std::nullopt;
  const std::uint8_t* at = bytes.data() + bytes.size() - FrameMark::kBytes;
  if (load_be32(at) != kFrameMagic) return std::nullopt;
  return FrameMark{.encoding = load_be32(at + 4),
                   .frame = load_be32(at + 8),
                   .reference = load_be32(at + 12),
                   .temporal_layer = at[16],
                   .packet = at[17],
                   .packets = at[18],
                   .captured_ms = load_be32(at + 20)};
}

VideoModel::VideoModel(const Config& config, std::uint64_t seed)
    : config_(config),
      prng_(seed),
      bitrate_bps_(config.bitrate_bps),
      picture_id_(static_cast<std::uint16_t>(prng_.below(1U << 15))),
      tl0_picture_index_(static_cast<std::uint8_t>(prng_.below(256))) {}

// A rate is kept on average: what a keyframe takes more than its share, those behind it save.
std::size_t VideoModel::take_frame_bytes(bool is_keyframe, unsigned temporal_layer) {
  const auto share =
      static_cast<std::int64_t>(bitrate_bps_ * static_cast<std::uint64_t>(config_.frame_interval) /
                                (8 * static_cast<std::uint64_t>(kSecond)));
  const unsigned percent = kLayerShares[config_.temporal_layers - 1][temporal_layer];
  std::int64_t bytes = is_keyframe ? share * kKeyframeFactor : share * percent / 100;
  bytes = bytes * (85 + static_cast<std::int64_t>(prng_.below(31))) / 100;
  if (is_keyframe) {
    debt_bytes_ = bytes - share;
  } else {
    const std::int64_t saved = std::min(debt_bytes_, bytes / 4);
    debt_bytes_ -= saved;
    bytes -= saved;
  }
  return static_cast<std::size_t>(std::max<std::int64_t>(bytes, kFrameBytesMin));
}

// The newest frame of a lower layer, or of the lowest: of the highest none is ever referred to.
std::uint32_t VideoModel::reference_of(unsigned temporal_layer) const {
  return temporal_layer == 2 ? std::max(last_of_layer_[0], last_of_layer_[1]) : last_of_layer_[0];
}

std::vector<std::vector<std::uint8_t>> VideoModel::next_frame(bool is_keyframe,
                                                              std::size_t behind_bytes,
                                                              Timestamp captured_at) {
  if (is_keyframe) in_pattern_ = 0;
  const unsigned layer = temporal_layer_of(config_.temporal_layers, in_pattern_);
  FrameMark mark{.encoding = config_.width,
                 .frame = frame_,
                 .temporal_layer = static_cast<std::uint8_t>(layer),
                 .captured_ms = static_cast<std::uint32_t>(captured_at / kMillisecond)};
  if (is_keyframe) {
    ++key_index_;
    std::ranges::fill(last_of_layer_, frame_);
  } else {
    mark.reference = reference_of(layer);
  }
  is_layer_sync_ = !is_keyframe && layer != 0 && mark.reference == last_of_layer_[0];
  last_of_layer_[layer] = frame_;
  if (layer == 0) ++tl0_picture_index_;
  picture_id_ = (picture_id_ + 1) & 0x7FFF;
  const std::size_t frame_bytes = take_frame_bytes(is_keyframe, layer);
  const std::size_t room = kPayloadBytesMax - kDescriptorBytes - kVp8KeyframeHeaderBytes -
                           FrameMark::kBytes - behind_bytes;
  const std::size_t count = std::min<std::size_t>((frame_bytes + room - 1) / room, 255);
  std::vector<std::vector<std::uint8_t>> packets;
  mark.packets = static_cast<std::uint8_t>(count);
  for (; mark.packet < count; ++mark.packet)
    packets.push_back(make_packet(mark, frame_bytes / count, behind_bytes));
  ++frame_;
  ++in_pattern_;
  return packets;
}

std::vector<std::uint8_t> VideoModel::make_packet(const FrameMark& mark, std::size_t bytes,
                                                  std::size_t behind_bytes) const {
  std::vector<std::uint8_t> packet(
      kDescriptorBytes + kVp8KeyframeHeaderBytes + bytes + FrameMark::kBytes + behind_bytes, 0x55);
  ByteWriter writer(packet);
  writer.write_u8(mark.packet == 0 ? 0x90 : 0x80);  // X, S
  writer.write_u8(0xF0);                            // I, L, T, K
  writer.write_u16(static_cast<std::uint16_t>(0x8000 | picture_id_));
  writer.write_u8(tl0_picture_index_);
  writer.write_u8(static_cast<std::uint8_t>(mark.temporal_layer << 6 | (is_layer_sync_ ? 0x20 : 0) |
                                            (key_index_ & 0x1F)));
  if (mark.packet == 0) {
    const auto frame = std::span(packet).subspan(kDescriptorBytes);
    write_vp8_frame_tag(frame, mark.is_keyframe());
    if (mark.is_keyframe()) write_vp8_sides(frame, config_.width, config_.height);
  }
  const std::size_t mark_at = packet.size() - behind_bytes - FrameMark::kBytes;
  write_frame_mark(std::span(packet).subspan(mark_at, FrameMark::kBytes), mark);
  return packet;
}

}  // namespace penstock::test
