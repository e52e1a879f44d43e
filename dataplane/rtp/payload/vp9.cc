#include "dataplane/rtp/payload/vp9.h"

#include "dataplane/rtp/payload/picture_id.h"

namespace penstock {

namespace {

constexpr std::uint8_t kVp9HasPictureId = 0x80;        // I
constexpr std::uint8_t kInterPicturePredicted = 0x40;  // P
constexpr std::uint8_t kHasLayerIndices = 0x20;        // L
constexpr std::uint8_t kFlexibleMode = 0x10;           // F
constexpr std::uint8_t kFrameStart = 0x08;             // B
constexpr std::uint8_t kFrameEnd = 0x04;               // E
constexpr std::uint8_t kHasScalability = 0x02;         // V
constexpr std::uint8_t kNotForUpperLayers = 0x01;      // Z

constexpr int kReferencesMax = 3;

void read_layer_indices(ByteReader& reader, bool flexible_mode, PayloadInfo& info) {
  const std::uint8_t value = reader.read_u8();
  info.has_layers = true;
  info.temporal_layer = value >> 5;
  info.is_layer_sync = (value & 0x10) != 0;
  info.spatial_layer = (value >> 1) & 0x07;
  if (!flexible_mode) read_tl0_picture_index(reader, info);
}

// Up to three differences to reference pictures; false if the third announces a fourth.
bool skip_references(ByteReader& reader) {
  for (int i = 0; i < kReferencesMax; ++i) {
    if ((reader.read_u8() & 0x01) == 0) return true;
  }
  return false;
}

void skip_scalability_structure(ByteReader& reader) {
  const std::uint8_t first = reader.read_u8();
  const std::size_t spatial_layers = std::size_t{first} / 32 + 1;
  const bool has_resolutions = (first & 0x10) != 0;
  const bool has_picture_group = (first & 0x08) != 0;
  if (has_resolutions) reader.skip(spatial_layers * 4);
  if (!has_picture_group) return;
  const std::uint8_t pictures = reader.read_u8();
  for (std::uint8_t i = 0; i < pictures; ++i) {
    const std::uint8_t references = (reader.read_u8() >> 2) & 0x03;
    reader.skip(references);
  }
}

// Reads the descriptor up to its scalability structure; false if its references do not end.
bool read_layers(ByteReader& reader, std::uint8_t first, PayloadInfo& info) {
  const bool flexible_mode = (first & kFlexibleMode) != 0;
  const bool predicted = (first & kInterPicturePredicted) != 0;
  if (first & kVp9HasPictureId) read_picture_id(reader, info);
  if (first & kHasLayerIndices) read_layer_indices(reader, flexible_mode, info);
  return !flexible_mode || !predicted || skip_references(reader);
}

}  // namespace

std::optional<PictureSize> vp9_largest_layer(std::span<const std::uint8_t> payload) {
  ByteReader reader(payload);
  PayloadInfo info;
  const std::uint8_t first = reader.read_u8();
  if ((first & kHasScalability) == 0 || !read_layers(reader, first, info)) return std::nullopt;
  const std::uint8_t structure = reader.read_u8();
  if ((structure & 0x10) == 0) return std::nullopt;
  PictureSize largest;
  for (int layers = structure / 32 + 1; layers > 0; --layers) {
    const std::uint32_t width = reader.read_u16();
    const PictureSize size{width, reader.read_u16()};
    if (size.pixels() > largest.pixels()) largest = size;
  }
  if (!reader.ok() || largest.pixels() == 0) return std::nullopt;
  return largest;
}

RewrittenDescriptor rewrite_vp9_descriptor(std::span<const std::uint8_t> payload,
                                           const PictureNames& names) {
  ByteReader reader(payload);
  PayloadInfo info;
  const std::uint8_t first = reader.read_u8();
  if ((first & kVp9HasPictureId) == 0 || !read_layers(reader, first, info)) return {};
  if (reader.remaining() == 0) return {};
  RewrittenDescriptor made;
  made.put(first);
  made.put_picture_id(names.picture_id);
  made.source_bytes = info.is_picture_id_15_bit ? 3 : 2;
  if (info.has_tl0_picture_index) {
    made.put(payload[made.source_bytes]);
    made.put(names.tl0_picture_index);
    made.source_bytes = static_cast<std::uint8_t>(made.source_bytes + 2);
  }
  return made;
}

std::optional<PayloadInfo> describe_vp9(std::span<const std::uint8_t> payload, bool marker) {
  ByteReader reader(payload);
  PayloadInfo info;
  const std::uint8_t first = reader.read_u8();
  const bool predicted = (first & kInterPicturePredicted) != 0;
  if (!read_layers(reader, first, info)) return std::nullopt;
  if (first & kHasScalability) skip_scalability_structure(reader);
  if (reader.remaining() == 0) return std::nullopt;
  info.descriptor_bytes = static_cast<std::uint16_t>(reader.position());
  info.is_frame_start = (first & kFrameStart) != 0;
  info.is_keyframe_start = info.is_frame_start && !predicted && info.spatial_layer == 0;
  info.is_inter_picture_predicted = predicted;
  info.is_for_own_layer_only = (first & kNotForUpperLayers) != 0;
  info.is_frame_end = (first & kFrameEnd) != 0;
  info.is_picture_end = marker;
  return info;
}

}  // namespace penstock
