// Which frames of one encoding a receiver gets: those of temporal and spatial layers up to the ones
// that it is to have. Whole frames only: what was decided of a frame's first packet holds for its
// others, in whatever order they come. Fewer at once, with the next frame; more where the stream
// allows it: a temporal layer from a frame that needs none of its own layer before it on (VP8 Y,
// VP9 U), a spatial layer from a picture on that needs no earlier picture (VP9 P). A keyframe
// allows all.
//
// Frames of lower spatial layers that the receiver's own does without (K-SVC: all but those of
// keyframes) are left out, too. Such a layer cannot be gone down to before the next keyframe.
//
// A value; state of a subscription, on its receiver's worker; called per packet and receiver of
// streams that have layers, in the order in which they are numbered.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/api/layer.h"
#include "dataplane/forward/packet_layer.h"

namespace penstock {

class LayerFilter {
 public:
  // Spatial layers of SVC; with simulcast each encoding is one. `spatial_max`: what the receiver's
  // way has room for, which counts at once; down to the target it may go on until a keyframe.
  void set_target(Layer target, std::uint8_t spatial_max = kHighestLayer.spatial) {
    target_ = target;
    spatial_max_ = spatial_max;
  }
  Layer current() const { return current_; }
  // What of it the receiver sees: the highest spatial layer may not come.
  Layer shown() const { return {shown_spatial(), current_.temporal}; }
  bool is_started() const { return is_started_; }
  // Whether it is of the layers that the receiver has now.
  bool has(const PacketLayer& packet) const {
    return packet.temporal <= current_.temporal && packet.spatial <= current_.spatial;
  }

  // What follows needs nothing from before: another encoding, or a start after a pause. Its first
  // packet begins a keyframe.
  void restart() { is_started_ = false; }

  // Whether take() would say no more than it did of the frame's first packet: the receiver gets it.
  bool goes_on(const PacketLayer& packet, std::uint32_t timestamp) const {
    return is_started_ && !needs_keyframe_ && timestamps_[newest_] == timestamp &&
           (decisions_[newest_].taken >> packet.spatial & 1U) != 0;
  }

  // True if the receiver gets the packet. A frame of which nothing is known, as a newer one came
  // before, is passed on: a number is set aside for it already.
  bool take(const PacketLayer& packet, std::uint32_t timestamp, bool is_keyframe_start);

  // The newest picture is not of the spatial layer that the receiver is to have: a keyframe would
  // be.
  bool wants_keyframe() const { return wants_keyframe_; }
  // Until one comes, nothing is of use to the receiver that it may have.
  bool needs_keyframe() const { return needs_keyframe_; }

  // Whether the picture ends with this packet for the receiver, though not for others.
  bool ends_picture(const PacketLayer& packet) const {
    return packet.is_frame_end && packet.spatial == current_.spatial;
  }

 private:
  // Of a picture: spatial layers, a bit for each.
  struct Decisions {
    std::uint8_t seen : 4 = 0;   // something is decided,
    std::uint8_t taken : 4 = 0;  // and what
  };
  static constexpr std::size_t kPictures = 8;

  std::uint8_t shown_spatial() const { return std::min(current_.spatial, top_); }
  bool is_broken(std::uint8_t spatial) const { return (left_out_ >> spatial & 1U) != 0; }
  bool is_needed(const PacketLayer& packet) const {
    return packet.spatial >= shown_spatial() || packet.is_needed_for(shown_spatial());
  }
  std::optional<std::size_t> find(std::uint32_t timestamp) const;
  bool is_wanted(const PacketLayer& packet, bool is_of_keyframe);
  void begin_frame(const PacketLayer& packet, bool is_keyframe_start, bool is_new_picture);
  void begin_picture(const PacketLayer& packet, bool is_keyframe_start);
  void switch_up(const PacketLayer& packet);

  Layer target_ = kHighestLayer;
  Layer current_;
  std::uint8_t spatial_max_ = kHighestLayer.spatial;
  std::uint8_t top_ = kHighestLayer.spatial;  // spatial layer that comes
  // Spatial layers, a bit for each, of which something was left out below the current one.
  std::uint8_t left_out_ = 0;
  bool wants_keyframe_ = false;
  bool needs_keyframe_ = false;
  bool is_started_ = false;
  // The last pictures, in a ring.
  std::uint8_t newest_ = 0;
  std::uint8_t keyframes_ = 0;  // which of them are, a bit for each
  std::array<Decisions, kPictures> decisions_{};
  std::array<std::uint32_t, kPictures> timestamps_{};
};

}  // namespace penstock
