#include "dataplane/forward/subscription.h"

namespace penstock {

bool Subscription::begin_encoding(const PacketLayer& packet, const SourcePacket& source,
                                  const std::optional<MediaClock::Reading>& from,
                                  const std::optional<MediaClock::Reading>& to) {
  const LayerSelector::Newest& newest = layers.newest();
  if (from && to && newest.source != source.source) {
    const std::uint32_t clock_hz = codec_clock_hz(target.codec);
    const std::uint32_t shift =
        rtp_timestamp_at(*from, to->captured_at, clock_hz) - to->rtp_timestamp;
    const auto behind = static_cast<std::int32_t>(newest.timestamp - source.timestamp - shift);
    const auto behind_max = static_cast<std::int32_t>(clock_hz / 1'000 * kSwitchBehindMaxMs);
    if (behind > behind_max && layers.refuse()) return false;
    projection.align(newest.source, source.source, shift);
  }
  layers.begin(packet.encoding);
  return true;
}

bool Subscription::begin_frame(const PacketLayer& packet, const SourcePacket& source, bool begins) {
  if (begins) {
    if (!source.is_keyframe_start) return true;  // the projection waits for one
    filter.restart();
  }
  Layer wanted = lower_of(layers.target().value_or(kHighestLayer), packet.limit());
  std::uint8_t spatial_max = layers.allocated().value_or(kHighestLayer).spatial;
  if (packet.is_simulcast) wanted.spatial = spatial_max = kHighestLayer.spatial;
  filter.set_target(wanted, spatial_max);
  const bool is_taken = filter.take(packet, source.timestamp, source.is_keyframe_start);
  if (filter.needs_keyframe()) [[unlikely]] {
    projection.restart();  // which waits for one
    return true;
  }
  if (is_taken) return true;
  projection.leave_out(source);
  if (target.codec == Codec::kVp8 && packet.has_picture_id)
    pictures.leave_out(packet, source.source);
  return false;
}

}  // namespace penstock
