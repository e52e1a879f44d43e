// The setting `dominant_speaker` of rooms: who speaks (room/dominant_speaker.h) is told to
// everybody in the room whenever it is somebody else. Ten times a second all audio of such a room
// is looked at. One deadline for all rooms. Owned by the plugin; control thread.
#pragma once

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

class DominantSpeakers {
 public:
  // Somebody publishes in the room.
  void arm(const room::Room& room, Timestamp now);

  Timestamp next_timeout() const { return next_; }
  // Looks and tells, if it is time.
  void handle_timeout(const Context& context, Timestamp now);

 private:
  Timestamp next_ = kNever;
};

// Whose stream it is that speaks; null if nobody's.
struct SpeakingStream {
  const room::Publisher* publisher = nullptr;
  const room::PublisherStream* stream = nullptr;
};
SpeakingStream dominant_speaker_of(const room::Room& room);

}  // namespace penstock::janus::videoroom
