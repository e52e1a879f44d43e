// The setting fir_freq of rooms: every so many seconds each publisher of the room is asked for a
// keyframe. One deadline for all rooms, never later than the first that is due. Owned by the
// plugin; control thread.
#pragma once

#include <cstdint>

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

class KeyframeTimer {
 public:
  // A room's interval has been set or changed; 0: none. Its first request is an interval from now.
  void arm(room::Room& room, Timestamp now);

  Timestamp next_timeout() const { return next_; }
  // Asks for what is due.
  void handle_timeout(const Context& context, Timestamp now);

 private:
  Timestamp next_ = kNever;
};

}  // namespace penstock::janus::videoroom
