#include "controlplane/janus/videoroom/dominant_speakers.h"

#include <algorithm>
#include <vector>

#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

std::vector<room::DominantSpeaker::Heard> heard_in(const room::Room& room, const Media& media) {
  std::vector<room::DominantSpeaker::Heard> heard;
  for (const room::Publisher& publisher : room.publishers()) {
    for (const room::PublisherStream& stream : publisher.streams) {
      if (!stream.is_active(MediaKind::kAudio)) continue;
      heard.push_back({.stream = stream.media.handle,
                       .levels = media.recent_levels_of(stream.media.handle),
                       .is_muted = !stream.is_forwarded()});
    }
  }
  return heard;
}

void tell(const Context& context, room::Room& room) {
  const SpeakingStream speaking = dominant_speaker_of(room);
  if (speaking.publisher == nullptr) return;
  ObjectText event{{"videoroom", "dominant-speaker"},
                   {"room", to_json(room.id())},
                   {"id", to_json(speaking.publisher->id)},
                   {"mindex", speaking.stream->media.mindex},
                   {"mid", speaking.stream->media.mid}};
  spread_event(context, room, std::nullopt, std::move(event).text());
}

}  // namespace

SpeakingStream dominant_speaker_of(const room::Room& room) {
  const auto current = room.dominant_speaker.current();
  if (!current) return {};
  for (const room::Publisher& publisher : room.publishers()) {
    for (const room::PublisherStream& stream : publisher.streams) {
      if (stream.media.handle == *current) return {&publisher, &stream};
    }
  }
  return {};
}

void DominantSpeakers::arm(const room::Room& room, Timestamp now) {
  if (room.settings().dominant_speaker)
    next_ = std::min(next_, now + room::DominantSpeaker::kInterval);
}

void DominantSpeakers::handle_timeout(const Context& context, Timestamp now) {
  if (now < next_) return;
  next_ = kNever;
  for (const room::Room& listed : context.rooms.rooms()) {
    if (!listed.settings().dominant_speaker) continue;
    bool has_audio = true;  // if there is no memory now, there may be then
    best_effort([&] {
      room::Room& room = *context.rooms.find(listed.id());
      const auto heard = heard_in(room, context.media);
      has_audio = !heard.empty();
      if (room.dominant_speaker.update(heard, now)) tell(context, room);
    });
    if (has_audio) next_ = now + room::DominantSpeaker::kInterval;
  }
}

}  // namespace penstock::janus::videoroom
