// What the targets of the payload descriptors share: all offsets point into the payload.
#pragma once

#include <cstdint>

#include "dataplane/base/check.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/picture_size.h"

namespace penstock::fuzz {

inline void check_payload(Codec codec, const std::uint8_t* data, std::size_t size) {
  const auto picture = picture_size(codec, {data, size});
  PENSTOCK_CHECK(!picture || picture->pixels() != 0);
  const auto info = describe_payload(codec, {data, size}, false);
  if (!info) return;
  PENSTOCK_CHECK(info->descriptor_bytes < size);
  const std::size_t picture_id_bytes = info->is_picture_id_15_bit ? 2 : 1;
  PENSTOCK_CHECK(info->picture_id_offset + picture_id_bytes <= size);
  PENSTOCK_CHECK(info->has_picture_id == (info->picture_id_offset != 0));
  PENSTOCK_CHECK(info->tl0_picture_index_offset < size);
  PENSTOCK_CHECK(info->key_index_offset < size);
  PENSTOCK_CHECK(!info->is_keyframe_start || info->is_frame_start);
}

}  // namespace penstock::fuzz
