// The setting `loudest` of rooms: of a room's audio at most so many streams are heard, those that
// are loudest now. Ten times a second all of a room are compared, and each is told how loud it has
// to be from now on (Media::set_audio_gate); what becomes louder in between is heard at once. One
// deadline for all rooms. Owned by the plugin; control thread.
#pragma once

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

class Loudest {
 public:
  static constexpr Duration kInterval = 100 * kMillisecond;
  // Of whom nothing came for so long, nothing is heard.
  static constexpr Duration kExpiry = 150 * kMillisecond;
  // How much louder than those that are heard somebody else has to be, in dB: two that are equally
  // loud do not take turns.
  static constexpr std::uint8_t kMarginDb = 3;

  // Somebody publishes in the room.
  void arm(const room::Room& room, Timestamp now);

  Timestamp next_timeout() const { return next_; }
  // Compares, if it is time.
  void handle_timeout(const Context& context, Timestamp now);

 private:
  Timestamp next_ = kNever;
};

}  // namespace penstock::janus::videoroom
