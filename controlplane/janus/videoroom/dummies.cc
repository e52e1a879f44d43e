// Dummy publishers: publishers that a room is made with, to hold codecs. Nobody feeds them, so that
// they can be subscribed before anybody publishes and be switched away from later. How they are
// made; they end as every publisher does (endings.h).
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/verbs.h"

namespace penstock::janus::videoroom {
namespace {

Error dummy_error(const MediaError& error) {
  const bool is_full = error.kind == MediaErrorKind::kCapacity;
  return {static_cast<int>(is_full ? RoomError::kUnknown : RoomError::kInvalidElement),
          (is_full ? "Error creating dummy publisher: " : "Invalid element (dummy_streams: ") +
              error.text + (is_full ? "" : ")")};
}

}  // namespace

Result add_dummy(const Context& context, room::Room& room, const room::DummySettings& dummy,
                 Timestamp now) {
  std::vector<DummyStream> streams = dummy.streams;
  if (streams.empty()) {
    for (const Codec codec : room.settings().audio_codecs) streams.push_back({codec, {}});
    for (const Codec codec : room.settings().video_codecs) streams.push_back({codec, {}});
  }
  const Handle<room::Publisher> added =
      room.add_publisher({.id = new_id(context),
                          .private_id = new_private_id(context, room),
                          .peer = context.host.new_peer_id(),
                          .display = "Dummy publisher",
                          .is_e2ee = dummy.is_e2ee,
                          .is_dummy = true});
  if (added.is_null()) {
    return fail(RoomError::kUnknown, "all participants are in use (limits.participants)");
  }
  room::Publisher& publisher = *context.rooms.resolve(added);
  auto published = context.media.publish_dummy(publisher.peer, room.placement(), streams, now);
  if (!published) return std::unexpected(dummy_error(published.error()));
  publisher.is_publishing = true;
  publisher.set_streams(*std::move(published));
  follow_recording_or_tell(context, room, publisher, now);
  return {};
}

}  // namespace penstock::janus::videoroom
