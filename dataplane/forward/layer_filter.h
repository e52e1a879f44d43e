// Which frames of one encoding a receiver gets: those of temporal and spatial layers up to the ones
// that it is to have. Whole frames only: what was decided of a frame's first packet holds for its
// others, in whatever order they come. Fewer at once, with the next frame; more where the stream
// allows it: a temporal layer from a frame that needs none of its own layer before it on (VP8 Y,
// VP9 U), a spatial layer from a picture on that needs no earlier picture (VP9 P). A keyframe
// allows all. A value; state of a subscription, on its receiver's worker; called per packet and
// receiver of streams that have layers, in the order in which they are numbered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/api/layer.h"
#include "dataplane/forward/packet_layer.h"

namespace penstock {

class LayerFilter {
 public:
  // Spatial layers of SVC; with simulcast each encoding is one.
  void set_target(Layer target) { target_ = target; }
  Layer current() const { return current_; }
  bool is_started() const { return is_started_; }

  // What follows needs nothing from before: another encoding, or a start after a pause. Its first
  // packet begins a keyframe.
  void restart() { is_started_ = false; }

  // True if the receiver gets the packet. A frame of which nothing is known, as a newer one came
  // before, is passed on: a number is set aside for it already.
  bool take(const PacketLayer& packet, std::uint32_t timestamp, bool is_keyframe_start);

  // Whether the picture ends with this packet for the receiver, though not for others.
  bool ends_picture(const PacketLayer& packet) const {
    return packet.is_frame_end && packet.spatial == current_.spatial;
  }

 private:
  struct Picture {
    std::uint32_t timestamp = 0;
    std::uint8_t seen = 0;   // spatial layers, a bit for each: something is decided,
    std::uint8_t taken = 0;  // and what
  };

  void begin_frame(const PacketLayer& packet, bool is_keyframe_start, bool is_new_picture);
  void switch_up(const PacketLayer& packet);

  Layer target_ = kHighestLayer;
  Layer current_;
  bool is_started_ = false;
  std::uint8_t newest_ = 0;
  std::array<Picture, 8> pictures_{};  // the last ones
};

}  // namespace penstock
