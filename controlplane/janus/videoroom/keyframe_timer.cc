#include "controlplane/janus/videoroom/keyframe_timer.h"

#include <algorithm>

namespace penstock::janus::videoroom {
namespace {

void ask_for_keyframes_of(const room::Room& room, Media& media) {
  for (const room::Publisher& publisher : room.publishers()) {
    if (publisher.is_dummy) continue;
    for (const room::PublisherStream& stream : publisher.streams)
      request_keyframe(media, stream.media);
  }
}

}  // namespace

void KeyframeTimer::arm(room::Room& room, Timestamp now) {
  const std::uint32_t interval_s = room.settings().keyframe_interval_s;
  room.keyframes_at = interval_s > 0 ? now + interval_s * kSecond : kNever;
  next_ = std::min(next_, room.keyframes_at);
}

void KeyframeTimer::handle_timeout(const Context& context, Timestamp now) {
  if (now < next_) return;
  next_ = kNever;
  for (const room::Room& listed : context.rooms.rooms()) {
    if (listed.keyframes_at > now) {
      next_ = std::min(next_, listed.keyframes_at);
      continue;
    }
    ask_for_keyframes_of(listed, context.media);
    arm(*context.rooms.find(listed.id()), now);
  }
}

}  // namespace penstock::janus::videoroom
