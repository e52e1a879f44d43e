#include "dataplane/rtp/payload/vp8.h"

#include "dataplane/rtp/payload/picture_id.h"

namespace penstock {

namespace {

// First byte of the descriptor.
constexpr std::uint8_t kExtended = 0x80;
constexpr std::uint8_t kNonReference = 0x20;
constexpr std::uint8_t kPartitionStart = 0x10;
constexpr std::uint8_t kPartitionIndexMask = 0x07;
// Second byte, of extended descriptors.
constexpr std::uint8_t kVp8HasPictureId = 0x80;
constexpr std::uint8_t kHasTl0PictureIndex = 0x40;
constexpr std::uint8_t kHasTemporalLayer = 0x20;
constexpr std::uint8_t kHasKeyIndex = 0x10;
// First byte of the VP8 payload header.
constexpr std::uint8_t kInterFrame = 0x01;

void read_extension(ByteReader& reader, PayloadInfo& info) {
  const std::uint8_t present = reader.read_u8();
  if (present & kVp8HasPictureId) read_picture_id(reader, info);
  if (present & kHasTl0PictureIndex) read_tl0_picture_index(reader, info);
  if (present & (kHasTemporalLayer | kHasKeyIndex)) {
    info.key_index_offset = static_cast<std::uint8_t>(reader.position());
    const std::uint8_t value = reader.read_u8();
    if (present & kHasTemporalLayer) {
      info.has_layers = true;
      info.temporal_layer = value >> 6;
      info.is_layer_sync = (value & 0x20) != 0;
    }
    info.has_key_index = (present & kHasKeyIndex) != 0;
    if (info.has_key_index) info.key_index = value & 0x1F;
  }
}

}  // namespace

RewrittenDescriptor rewrite_vp8_descriptor(std::span<const std::uint8_t> payload,
                                           const PictureNames& names) {
  ByteReader reader(payload);
  PayloadInfo info;
  const std::uint8_t first = reader.read_u8();
  if ((first & kExtended) == 0 || payload.size() < 2) return {};
  const std::uint8_t present = payload[1];
  read_extension(reader, info);
  if (!info.has_picture_id || reader.remaining() == 0) return {};
  RewrittenDescriptor made;
  made.put(first);
  made.put(present);
  made.put_picture_id(names.picture_id);
  if (info.has_tl0_picture_index) made.put(names.tl0_picture_index);
  if (info.key_index_offset != 0) {
    const unsigned kept = payload[info.key_index_offset] & 0xE0U;
    made.put(kept | (info.has_key_index ? names.key_index & 0x1FU : 0U));
  }
  made.source_bytes = static_cast<std::uint8_t>(reader.position());
  return made;
}

std::optional<PayloadInfo> describe_vp8(std::span<const std::uint8_t> payload, bool marker) {
  ByteReader reader(payload);
  PayloadInfo info;
  const std::uint8_t first = reader.read_u8();
  if (first & kExtended) read_extension(reader, info);
  if (reader.remaining() == 0) return std::nullopt;
  info.descriptor_bytes = static_cast<std::uint16_t>(reader.position());
  info.is_discardable = (first & kNonReference) != 0;
  info.is_frame_start = (first & kPartitionStart) != 0 && (first & kPartitionIndexMask) == 0;
  info.is_keyframe_start = info.is_frame_start && (reader.read_u8() & kInterFrame) == 0;
  info.is_frame_end = marker;
  info.is_picture_end = marker;
  return info;
}

}  // namespace penstock
