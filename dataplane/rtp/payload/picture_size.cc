#include "dataplane/rtp/payload/picture_size.h"

#include <algorithm>
#include <array>

#include "dataplane/base/byte_reader.h"
#include "dataplane/rtp/payload/av1.h"
#include "dataplane/rtp/payload/bit_reader.h"
#include "dataplane/rtp/payload/h264.h"
#include "dataplane/rtp/payload/vp8.h"
#include "dataplane/rtp/payload/vp9.h"

namespace penstock {
namespace {

std::optional<PictureSize> size_in(const BitReader& reader, std::uint32_t width,
                                   std::uint32_t height) {
  if (!reader.ok() || width == 0 || height == 0) return std::nullopt;
  return PictureSize{width, height};
}

std::optional<PictureSize> vp8_size(std::span<const std::uint8_t> payload) {
  const auto info = describe_vp8(payload, false);
  if (!info) return std::nullopt;
  constexpr std::size_t kFrameTagBytes = 3;
  constexpr std::uint32_t kStartCode = 0x9D012A;
  ByteReader reader(payload.subspan(info->descriptor_bytes));
  reader.skip(kFrameTagBytes);
  if (reader.read_u24() != kStartCode) return std::nullopt;
  // 14 bits each, low byte first; above them the scale.
  const auto read_side = [&] {
    const std::uint32_t low = reader.read_u8();
    return low | (std::uint32_t{reader.read_u8()} & 0x3F) << 8;
  };
  const PictureSize size{read_side(), read_side()};
  if (!reader.ok() || size.pixels() == 0) return std::nullopt;
  return size;
}

std::optional<PictureSize> vp9_frame_size(std::span<const std::uint8_t> frame) {
  constexpr std::uint32_t kSyncCode = 0x498342;
  constexpr std::uint32_t kSrgb = 7;
  BitReader reader(frame);
  if (reader.read(2) != 2) return std::nullopt;
  const std::uint32_t profile = reader.read(1) | reader.read(1) << 1;
  if (profile == 3) reader.skip(1);
  const bool shows_existing = reader.read_flag();
  const bool is_inter_frame = reader.read_flag();
  reader.skip(2);  // show_frame, error_resilient_mode
  if (shows_existing || is_inter_frame || reader.read(24) != kSyncCode) return std::nullopt;
  if (profile >= 2) reader.skip(1);
  const bool has_subsampling = (profile & 1) != 0;
  if (reader.read(3) != kSrgb) {
    reader.skip(has_subsampling ? 4 : 1);
  } else if (has_subsampling) {
    reader.skip(1);
  }
  const std::uint32_t width = reader.read(16) + 1;
  return size_in(reader, width, reader.read(16) + 1);
}

std::optional<PictureSize> vp9_size(std::span<const std::uint8_t> payload) {
  if (const auto largest = vp9_largest_layer(payload)) return largest;
  const auto info = describe_vp9(payload, false);
  if (!info) return std::nullopt;
  return vp9_frame_size(payload.subspan(info->descriptor_bytes));
}

bool has_chroma_format(std::uint32_t profile_idc) {
  constexpr std::array kHighProfiles = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138};
  return std::ranges::find(kHighProfiles, static_cast<int>(profile_idc)) != kHighProfiles.end();
}

// False if the size cannot be reached.
bool skip_chroma_format(BitReader& reader) {
  if (reader.read_exp_golomb() == 3) reader.skip(1);  // chroma_format_idc
  reader.read_exp_golomb();                           // bit depths
  reader.read_exp_golomb();
  reader.skip(1);
  const bool has_scaling_matrix = reader.read_flag();
  return !has_scaling_matrix;
}

void skip_picture_order_count(BitReader& reader) {
  const std::uint32_t type = reader.read_exp_golomb();
  if (type == 0) reader.read_exp_golomb();
  if (type != 1) return;
  reader.skip(1);
  reader.read_exp_golomb();
  reader.read_exp_golomb();
  const std::uint32_t count = reader.read_exp_golomb();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) reader.read_exp_golomb();
}

// `data`: behind the NAL unit's header byte.
std::optional<PictureSize> sps_size(std::span<const std::uint8_t> data) {
  // More than what stands before the size takes, without the bytes that prevent start codes.
  std::array<std::uint8_t, 64> plain;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < data.size() && bytes < plain.size(); ++i) {
    const bool prevents = i >= 2 && data[i] == 3 && data[i - 1] == 0 && data[i - 2] == 0;
    if (!prevents) plain[bytes++] = data[i];
  }
  BitReader reader({plain.data(), bytes});
  const std::uint32_t profile_idc = reader.read(8);
  reader.skip(16);
  reader.read_exp_golomb();  // seq_parameter_set_id
  if (has_chroma_format(profile_idc) && !skip_chroma_format(reader)) return std::nullopt;
  reader.read_exp_golomb();  // log2_max_frame_num_minus4
  skip_picture_order_count(reader);
  reader.read_exp_golomb();  // max_num_ref_frames
  reader.skip(1);
  constexpr std::uint32_t kMacroblocksMax = 4'096;
  const std::uint32_t width = reader.read_exp_golomb() + 1;
  const std::uint32_t height = reader.read_exp_golomb() + 1;
  const std::uint32_t fields = reader.read_flag() ? 1 : 2;
  if (width > kMacroblocksMax || height > kMacroblocksMax) return std::nullopt;
  return size_in(reader, width * 16, height * 16 * fields);
}

std::optional<PictureSize> h264_size(std::span<const std::uint8_t> payload) {
  const auto sps = find_h264_sps(payload);
  return sps.empty() ? std::nullopt : sps_size(sps);
}

void skip_timing_info(BitReader& reader) {
  reader.skip(64);
  if (reader.read_flag()) reader.read_exp_golomb();
}

// What stands between the profile and the size; `reader` is behind reduced_still_picture_header.
void skip_operating_points(BitReader& reader) {
  bool has_decoder_model = false;
  unsigned delay_bits = 0;
  if (reader.read_flag()) {  // timing_info_present_flag
    skip_timing_info(reader);
    has_decoder_model = reader.read_flag();
    if (has_decoder_model) {
      delay_bits = reader.read(5) + 1;
      reader.skip(42);
    }
  }
  const bool has_display_delay = reader.read_flag();
  const std::uint32_t count = reader.read(5) + 1;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    reader.skip(12);
    if (reader.read(5) > 7) reader.skip(1);
    if (has_decoder_model && reader.read_flag()) reader.skip(2 * delay_bits + 1);
    if (has_display_delay && reader.read_flag()) reader.skip(4);
  }
}

std::optional<PictureSize> av1_size(std::span<const std::uint8_t> payload) {
  const auto sequence_header = find_av1_sequence_header(payload);
  if (sequence_header.empty()) return std::nullopt;
  BitReader reader(sequence_header);
  reader.skip(4);  // seq_profile, still_picture
  if (reader.read_flag()) {
    reader.skip(5);
  } else {
    skip_operating_points(reader);
  }
  const unsigned width_bits = reader.read(4) + 1;
  const unsigned height_bits = reader.read(4) + 1;
  const std::uint32_t width = reader.read(width_bits) + 1;
  return size_in(reader, width, reader.read(height_bits) + 1);
}

}  // namespace

std::optional<PictureSize> picture_size(Codec codec, std::span<const std::uint8_t> payload) {
  switch (codec) {
    case Codec::kOpus:
      return std::nullopt;
    case Codec::kVp8:
      return vp8_size(payload);
    case Codec::kVp9:
      return vp9_size(payload);
    case Codec::kH264:
      return h264_size(payload);
    case Codec::kAv1:
      return av1_size(payload);
  }
  return std::nullopt;
}

}  // namespace penstock
