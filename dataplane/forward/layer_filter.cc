#include "dataplane/forward/layer_filter.h"

#include <algorithm>

namespace penstock {

bool LayerFilter::take(const PacketLayer& packet, std::uint32_t timestamp, bool is_keyframe_start) {
  if (!is_started_) {
    is_started_ = true;
    current_ = target_;
    decisions_ = {};
    newest_ = 0;
    keyframes_ = 0;
    timestamps_[0] = timestamp;
  }
  std::size_t picture = newest_;
  const auto age = static_cast<std::int32_t>(timestamp - timestamps_[newest_]);
  if (age < 0) {
    const auto found = find(timestamp);
    if (!found) return true;
    picture = *found;
  } else if (age > 0) {
    newest_ = static_cast<std::uint8_t>((newest_ + 1) % kPictures);
    picture = newest_;
    timestamps_[picture] = timestamp;
    decisions_[picture] = {};
    keyframes_ &= static_cast<std::uint8_t>(~(1U << picture));
  }
  Decisions& decisions = decisions_[picture];
  const auto bit = static_cast<std::uint8_t>(1U << packet.spatial);
  if ((decisions.seen & bit) == 0) {
    if (is_keyframe_start) keyframes_ |= static_cast<std::uint8_t>(1U << picture);
    if (age >= 0) begin_frame(packet, is_keyframe_start, decisions.seen == 0);
    decisions.seen |= bit & 0xFU;
    if (is_wanted(packet, (keyframes_ >> picture & 1U) != 0)) decisions.taken |= bit & 0xFU;
  }
  return (decisions.taken & bit) != 0;
}

std::optional<std::size_t> LayerFilter::find(std::uint32_t timestamp) const {
  for (std::size_t picture = 0; picture < kPictures; ++picture) {
    if (timestamps_[picture] == timestamp && decisions_[picture].seen != 0) return picture;
  }
  return std::nullopt;
}

// A frame of a keyframe's picture is never left out, whoever needs it: the receiver may go to its
// layer later.
bool LayerFilter::is_wanted(const PacketLayer& packet, bool is_of_keyframe) {
  if (packet.temporal > current_.temporal || packet.spatial > current_.spatial) return false;
  if (is_of_keyframe || is_needed(packet)) return true;
  left_out_ |= static_cast<std::uint8_t>(1U << packet.spatial);
  return false;
}

void LayerFilter::begin_picture(const PacketLayer& packet, bool is_keyframe_start) {
  top_ = packet.spatial_top;
  if (is_keyframe_start) {
    current_ = target_;
    left_out_ = 0;
  }
  current_.temporal = std::min(current_.temporal, target_.temporal);
  if (target_.spatial < current_.spatial && !is_broken(target_.spatial))
    current_.spatial = target_.spatial;
  wants_keyframe_ = shown_spatial() != std::min(target_.spatial, top_);
  needs_keyframe_ = shown_spatial() > spatial_max_ || is_broken(shown_spatial());
}

// The newest frame begins. Layers change with it, if at all.
void LayerFilter::begin_frame(const PacketLayer& packet, bool is_keyframe_start,
                              bool is_new_picture) {
  if (is_new_picture || is_keyframe_start) begin_picture(packet, is_keyframe_start);
  const bool is_next_spatial = packet.spatial == current_.spatial + 1 &&
                               packet.spatial <= target_.spatial &&
                               packet.temporal <= current_.temporal;
  if (!is_new_picture && is_next_spatial && !packet.is_inter_picture_predicted)
    current_.spatial = packet.spatial;
  const bool is_next_temporal =
      packet.temporal == current_.temporal + 1 && packet.temporal <= target_.temporal;
  if (is_new_picture && is_next_temporal && packet.is_temporal_sync)
    current_.temporal = packet.temporal;
  const bool is_had = packet.spatial <= current_.spatial && packet.temporal <= current_.temporal;
  if (is_had && (is_keyframe_start || is_needed(packet))) switch_up(packet);
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
