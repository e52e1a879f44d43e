// What forwarding needs to know of one RTP payload, read once per received packet from the codec's
// payload descriptor and kept in the packet's metadata; everything that serves it to a receiver
// works from this. Stateless; called by workers.
//
// All offsets are bytes from the start of the payload, and 0 means absent (no field is at 0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "dataplane/rtp/media_types.h"

namespace penstock {

struct PayloadInfo {
  // The first packet of a frame that needs no earlier one: where a receiver can start or switch.
  bool is_keyframe_start = false;
  bool is_frame_start = false;
  // The last packet of a frame: of this spatial layer's frame for VP9, else as the marker bit says.
  bool is_frame_end = false;
  // The marker bit: the last packet of the picture, all spatial layers included.
  bool is_picture_end = false;
  // A receiver of lower temporal layers may go up to this one at this frame (VP8 Y, VP9 U).
  bool is_layer_sync = false;
  // No other frame refers to this one (VP8 N bit, H.264 nal_ref_idc of 0).
  bool is_discardable = false;
  // No frame of a higher spatial layer refers to this one (VP9 Z).
  bool is_for_own_layer_only = false;

  // The payload says its layers.
  bool has_layers = false;
  bool is_inter_picture_predicted = false;  // VP9 P bit

  bool has_picture_id = false;
  bool is_picture_id_15_bit = false;
  bool has_tl0_picture_index = false;
  bool has_key_index = false;  // VP8

  std::uint8_t spatial_layer = 0;
  std::uint8_t temporal_layer = 0;
  std::uint8_t tl0_picture_index = 0;
  std::uint8_t key_index = 0;    // VP8 KEYIDX, 5 bits
  std::uint16_t picture_id = 0;  // 15 or 7 bits

  // VP8 and VP9, for rewriting.
  std::uint8_t picture_id_offset = 0;  // the byte with the M bit
  std::uint8_t tl0_picture_index_offset = 0;
  std::uint8_t key_index_offset = 0;   // the VP8 byte of TID, Y and KEYIDX
  std::uint16_t descriptor_bytes = 0;  // size of the descriptor; the codec's bitstream follows

  bool operator==(const PayloadInfo&) const = default;
};
static_assert(std::is_trivially_copyable_v<PayloadInfo>);

// Reads the descriptor of a decrypted payload without its padding; `marker` is the RTP marker bit.
// Every Opus packet is a frame of its own that can be decoded first. Empty result for a payload
// that cannot be parsed (or is empty): the packet is still forwarded, as one about which nothing
// is known.
std::optional<PayloadInfo> describe_payload(Codec codec, std::span<const std::uint8_t> payload,
                                            bool marker);

}  // namespace penstock
