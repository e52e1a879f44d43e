// The picture id field that VP8 and VP9 share: 7 bits, or 15 when its first (M) bit is set.
// Internal to this folder.
#pragma once

#include "dataplane/base/byte_reader.h"
#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {

inline void read_picture_id(ByteReader& reader, PayloadInfo& info) {
  info.has_picture_id = true;
  info.picture_id_offset = static_cast<std::uint8_t>(reader.position());
  const std::uint8_t first = reader.read_u8();
  info.is_picture_id_15_bit = (first & 0x80) != 0;
  info.picture_id = first & 0x7F;
  if (info.is_picture_id_15_bit) {
    info.picture_id = static_cast<std::uint16_t>((info.picture_id << 8) | reader.read_u8());
  }
}

inline void read_tl0_picture_index(ByteReader& reader, PayloadInfo& info) {
  info.has_tl0_picture_index = true;
  info.tl0_picture_index_offset = static_cast<std::uint8_t>(reader.position());
  info.tl0_picture_index = reader.read_u8();
}

}  // namespace penstock
