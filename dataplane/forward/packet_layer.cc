#include "dataplane/forward/packet_layer.h"

#include <algorithm>

namespace penstock {
namespace {

// Layers above the highest that is told apart count with it.
unsigned layer_of(unsigned layer) { return std::min(layer, 3U); }

void describe_by_payload(const PayloadInfo& info, std::uint16_t& newest_picture_id,
                         PacketLayer& layer) {
  layer.spatial = layer_of(info.spatial_layer) & 3U;
  layer.temporal = layer_of(info.temporal_layer) & 3U;
  layer.is_frame_end = info.is_frame_end;
  layer.is_temporal_sync = info.is_layer_sync;
  layer.is_inter_picture_predicted = info.is_inter_picture_predicted;
  if (info.is_for_own_layer_only) layer.not_for_spatial = (7U << layer.spatial) & 7U;
  layer.key_index = info.key_index & 31U;
  layer.tl0_picture_index = info.tl0_picture_index;
  layer.has_picture_id = info.has_picture_id;
  layer.is_picture_id_short = info.has_picture_id && !info.is_picture_id_15_bit;
  layer.picture_id = info.picture_id & 0x7FFFU;
  if (!layer.is_picture_id_short) return;
  // Of 7 bits the number nearest to the newest one.
  const int step = (info.picture_id - newest_picture_id) & 0x7F;
  const int id = newest_picture_id + (step < 0x40 ? step : step - 0x80);
  layer.picture_id = static_cast<unsigned>(id) & 0x7FFFU;
  if (step < 0x40) newest_picture_id = static_cast<std::uint16_t>(layer.picture_id);
}

void describe_by_dependencies(const FrameDependencies& frame, PacketLayer& layer) {
  layer.spatial = layer_of(frame.spatial_layer) & 3U;
  layer.temporal = layer_of(frame.temporal_layer) & 3U;
  layer.is_frame_end = frame.is_frame_end;
  layer.is_temporal_sync = false;
  layer.is_inter_picture_predicted = true;
  if (!frame.is_frame_start) return;
  if (frame.spatial_switch) layer.spatial_switch = (layer_of(*frame.spatial_switch) + 1) & 7U;
  if (frame.temporal_switch) layer.temporal_switch = (layer_of(*frame.temporal_switch) + 1) & 7U;
}

}  // namespace

void describe_layer(const std::optional<PayloadInfo>& info,
                    const std::optional<FrameDependencies>& frame, std::uint16_t& newest_picture_id,
                    PacketLayer& layer) {
  const bool says_layers = info && info->has_layers;
  layer.is_layered = layer.is_simulcast || frame || says_layers;
  if (info && layer.is_layered) describe_by_payload(*info, newest_picture_id, layer);
  if (frame && !says_layers) describe_by_dependencies(*frame, layer);
  if (frame) layer.not_for_spatial = frame->not_for_spatial >> 1U & 7U;
  if (layer.is_simulcast) layer.not_for_spatial = 0;  // each receiver has all of an encoding
}

}  // namespace penstock
