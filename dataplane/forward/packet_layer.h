// What a packet of video says of its layer (api/layer.h), as far as receivers choose by it. Found
// out once, where it is received; a value in the packet's slot.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/api/layer.h"
#include "dataplane/rtp/payload/dependency_structure.h"
#include "dataplane/rtp/payload/payload_info.h"

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
  // Receivers of spatial layers 1, 2 and 3 need it not, a bit for each: of K-SVC the lower layers
  // of all pictures but keyframes.
  std::uint8_t not_for_spatial : 3 = 0;
  std::uint8_t version = 0;  // of the stream's LayerRates, the lower bits
  std::uint8_t tl0_picture_index = 0;
  std::uint32_t picture_id : 15 = 0;
  std::uint32_t key_index : 5 = 0;
  // By the dependency descriptor: a receiver that has the frame may have layers up to these from it
  // on, one added; 0: as before.
  std::uint32_t spatial_switch : 3 = 0;
  std::uint32_t temporal_switch : 3 = 0;
  // The highest spatial layer that comes.
  std::uint32_t spatial_top : 2 = 3;
  // Nobody gets more now, as the publisher's bitrate is limited (StreamLayers::limit()).
  std::uint32_t spatial_limit : 2 = 3;
  std::uint32_t temporal_limit : 2 = 3;

  Layer limit() const {
    return {static_cast<std::uint8_t>(spatial_limit), static_cast<std::uint8_t>(temporal_limit)};
  }
  bool is_needed_for(unsigned other_spatial) const {
    return other_spatial == 0 || (not_for_spatial >> (other_spatial - 1) & 1U) == 0;
  }
};
static_assert(sizeof(PacketLayer) <= 8);

// Fills in what a packet's payload (`info`) and its dependency descriptor (`frame`) say, where they
// can be read. Payloads say more of what they say themselves; the dependency descriptor is for
// those that do not, or that nobody but the receivers can read. `layer.is_simulcast` is known.
// `newest_picture_id`: of the encoding, in 15 bits.
void describe_layer(const std::optional<PayloadInfo>& info,
                    const std::optional<FrameDependencies>& frame, std::uint16_t& newest_picture_id,
                    PacketLayer& layer);

}  // namespace penstock
