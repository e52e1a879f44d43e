// What the targets of the payload descriptors share: all offsets point into the payload.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/picture_size.h"
#include "dataplane/rtp/payload/vp8.h"
#include "dataplane/rtp/payload/vp9.h"

namespace penstock::fuzz {

// With other numbers it says what it said before, and these.
inline void check_rewriting(Codec codec, std::span<const std::uint8_t> payload,
                            const PayloadInfo& info) {
  if (codec != Codec::kVp8 && codec != Codec::kVp9) return;
  const PictureNames names{.picture_id = 0x1234, .tl0_picture_index = 0x56, .key_index = 7};
  const RewrittenDescriptor made = codec == Codec::kVp8 ? rewrite_vp8_descriptor(payload, names)
                                                        : rewrite_vp9_descriptor(payload, names);
  PENSTOCK_CHECK((made.size != 0) == info.has_picture_id);
  if (made.size == 0) return;
  std::vector<std::uint8_t> other(made.bytes.begin(), made.bytes.begin() + made.size);
  other.insert(other.end(), payload.begin() + made.source_bytes, payload.end());
  const auto again = describe_payload(codec, other, false);
  PENSTOCK_CHECK(again.has_value() && again->picture_id == names.picture_id);
  PENSTOCK_CHECK(again->temporal_layer == info.temporal_layer &&
                 again->spatial_layer == info.spatial_layer);
  PENSTOCK_CHECK(!info.has_tl0_picture_index ||
                 again->tl0_picture_index == names.tl0_picture_index);
  PENSTOCK_CHECK(other.size() - again->descriptor_bytes == payload.size() - info.descriptor_bytes);
}

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
  check_rewriting(codec, {data, size}, *info);
}

}  // namespace penstock::fuzz
