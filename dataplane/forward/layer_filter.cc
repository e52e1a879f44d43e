#include "dataplane/forward/layer_filter.h"

#include <algorithm>

namespace penstock {

bool LayerFilter::take(const PacketLayer& packet, std::uint32_t timestamp, bool is_keyframe_start) {
  if (!is_started_) {
    is_started_ = true;
    current_ = target_;
    pictures_ = {};
    newest_ = 0;
    pictures_[0] = {.timestamp = timestamp, .seen = 0, .taken = 0};
  }
  Picture* picture = &pictures_[newest_];
  const auto age = static_cast<std::int32_t>(timestamp - picture->timestamp);
  if (age < 0) {
    picture = std::ranges::find_if(pictures_, [&](const Picture& known) {
      return known.timestamp == timestamp && known.seen != 0;
    });
    if (picture == pictures_.end()) return true;
  } else if (age > 0) {
    newest_ = static_cast<std::uint8_t>((newest_ + 1) % pictures_.size());
    picture = &pictures_[newest_];
    *picture = {.timestamp = timestamp, .seen = 0, .taken = 0};
  }
  const auto bit = static_cast<std::uint8_t>(1U << packet.spatial);
  if ((picture->seen & bit) == 0) {
    if (age >= 0) begin_frame(packet, is_keyframe_start, picture->seen == 0);
    const bool is_wanted =
        packet.temporal <= current_.temporal && packet.spatial <= current_.spatial;
    picture->seen |= bit;
    if (is_wanted) picture->taken |= bit;
  }
  return (picture->taken & bit) != 0;
}

// The newest frame begins. Layers change with it, if at all.
void LayerFilter::begin_frame(const PacketLayer& packet, bool is_keyframe_start,
                              bool is_new_picture) {
  if (is_keyframe_start) current_ = target_;
  if (is_new_picture) current_ = lower_of(current_, target_);
  const bool is_next_spatial = packet.spatial == current_.spatial + 1 &&
                               packet.spatial <= target_.spatial &&
                               packet.temporal <= current_.temporal;
  if (!is_new_picture && is_next_spatial && !packet.is_inter_picture_predicted)
    current_.spatial = packet.spatial;
  const bool is_next_temporal =
      packet.temporal == current_.temporal + 1 && packet.temporal <= target_.temporal;
  if (is_new_picture && is_next_temporal && packet.is_temporal_sync)
    current_.temporal = packet.temporal;
  if (packet.spatial <= current_.spatial && packet.temporal <= current_.temporal) switch_up(packet);
}

// As far as the dependency descriptor of a frame says that it allows it.
void LayerFilter::switch_up(const PacketLayer& packet) {
  const auto up = [](std::uint8_t current, std::uint8_t target, std::uint8_t allowed) {
    return allowed == 0
               ? current
               : std::max(current, std::min(target, static_cast<std::uint8_t>(allowed - 1)));
  };
  current_ = {up(current_.spatial, target_.spatial, packet.spatial_switch),
              up(current_.temporal, target_.temporal, packet.temporal_switch)};
}

}  // namespace penstock
