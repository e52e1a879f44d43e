// What a packet of video says of its layer (forward/layer.h), as far as receivers choose by it.
// Found out once, where it is received; a value in the packet's slot.
#pragma once

#include <cstdint>

namespace penstock {

struct PacketLayer {
  // Its stream comes in several encodings, so that each receiver has one of them.
  bool is_simulcast : 1 = false;
  // That, or its encoding has temporal or spatial layers: a receiver may be sent less.
  bool is_layered : 1 = false;
  std::uint8_t encoding : 2 = 0;
  std::uint8_t spatial : 2 = 0;
  std::uint8_t temporal : 2 = 0;
  bool is_frame_end : 1 = false;  // of its spatial layer
  // A receiver of lower temporal layers may have this one from here on (VP8 Y, VP9 U).
  bool is_temporal_sync : 1 = false;
  // Needs an earlier picture (VP9 P); else a spatial layer may begin with it.
  bool is_inter_picture_predicted : 1 = false;
  bool has_picture_id : 1 = false;
  bool is_picture_id_short : 1 = false;  // of 7 bits in the payload
  std::uint8_t version = 0;              // of the stream's LayerRates, the lower bits
  std::uint8_t key_index = 0;
  std::uint8_t tl0_picture_index = 0;
  // By the dependency descriptor: a receiver that has the frame may have layers up to these from it
  // on, one added; 0: as before.
  std::uint8_t spatial_switch : 4 = 0;
  std::uint8_t temporal_switch : 4 = 0;
  std::uint16_t picture_id = 0;  // 15 bits
};
static_assert(sizeof(PacketLayer) <= 8);

}  // namespace penstock
