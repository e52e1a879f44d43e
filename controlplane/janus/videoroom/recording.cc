#include "controlplane/janus/videoroom/recording.h"

#include <algorithm>
#include <string>
#include <vector>

#include "controlplane/janus/requests/room_requests.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "controlplane/recording/recording_path.h"
#include "dataplane/base/ascii.h"
#include "dataplane/base/constant_time.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

Result check_is_on(const Context& context) {
  if (!context.config.recording_folder.empty()) return {};
  return fail(RoomError::kInvalidElement,
              "Invalid element (record: recording is off on this server, recording.folder)");
}

// An id as part of a file's name.
std::string name_of(const room::Id& id) {
  std::string name = id.to_string();
  std::ranges::replace_if(
      name, [](char c) { return !is_alphanumeric(c) && c != '-' && c != '.' && c != '_'; }, '_');
  return name.substr(0, recording::kStemBytesMax / 3);
}

std::string about(const room::Room& room, const room::Publisher& publisher) {
  ObjectText text{{"room", to_json(room.id())}, {"id", to_json(publisher.id)}};
  if (publisher.display) text.add("display", *publisher.display);
  if (publisher.is_dummy) text.add("dummy", true);
  return std::move(text).text();
}

RecordedStream recorded(const room::Room& room, const room::Publisher& publisher,
                        const room::PublisherStream& stream) {
  const PublishedStream& media = stream.media;
  RecordedStream wanted{.source = media.handle,
                        .has_red = media.opus_red,
                        .is_paused = !stream.is_forwarded(),
                        .extensions = media.extensions,
                        .file = {}};
  recording::Description& file = wanted.file;
  file.stem = publisher.recording_name;
  if (file.stem.empty()) {
    file.stem = "videoroom-" + name_of(room.id()) + "-user-" + name_of(publisher.id);
    file.has_time = true;
  }
  file.kind = media.kind;
  file.mindex = media.mindex;
  file.mid = media.mid;
  file.codec = media.codec;
  file.fmtp = media.fmtp;
  file.text = stream.description;
  file.is_e2ee = publisher.is_e2ee;
  file.about_json = about(room, publisher);
  return wanted;
}

bool is_recorded(const room::Room& room, const room::Publisher& publisher) {
  return publisher.is_publishing && publisher.is_recorded.value_or(room.settings().is_recorded);
}

void push_to(const Context& context, const room::Room& room, const room::Publisher& publisher,
             const EndedFile& file) {
  ObjectText event = room_event(room);
  event.add("id", to_json(publisher.id)).add("recording", "ended");
  if (!file.mid.empty()) event.add("mid", file.mid);
  if (!file.name.empty()) event.add("file", file.name);
  event.add("reason", file.reason);
  const std::string text = std::move(event).text();
  context.host.push_event(publisher.peer, {.data = text, .jsep = {}});
}

}  // namespace

Result check_recording(const Context& context, const room::RoomSettings& settings) {
  if (settings.is_recorded) {
    if (const Result checked = check_is_on(context); !checked) return checked;
  }
  if (settings.recording_folder.empty() || context.config.recording_folder.empty()) return {};
  const auto folder =
      recording::recording_folder(context.config.recording_folder, settings.recording_folder);
  if (folder) return {};
  return fail(RoomError::kInvalidElement, "Invalid element (rec_dir: " + folder.error() + ")");
}

Result check_recording(const Context& context, const room::Room& room,
                       const ConfigureRequest& wanted) {
  if (!wanted.is_recorded && !wanted.recording_name) return {};
  const room::RoomSettings& settings = room.settings();
  if (settings.locks_recording && !settings.secret.empty()) {
    if (!wanted.secret)
      return fail(RoomError::kMissingElement, "Missing mandatory element (secret)");
    if (!equals_in_constant_time(*wanted.secret, settings.secret))
      return fail(RoomError::kUnauthorized, "Unauthorized (wrong secret)");
  }
  if (wanted.is_recorded.value_or(false)) {
    if (const Result checked = check_is_on(context); !checked) return checked;
  }
  if (!wanted.recording_name || wanted.recording_name->empty()) return {};
  const auto stem = recording::recording_stem(*wanted.recording_name);
  if (stem) return {};
  return fail(RoomError::kInvalidElement, "Invalid element (filename: " + stem.error() + ")");
}

void apply_recording(const ConfigureRequest& wanted, room::Publisher& publisher) {
  if (wanted.is_recorded) publisher.is_recorded = wanted.is_recorded;
  if (wanted.recording_name)
    publisher.recording_name =
        recording::recording_stem(*wanted.recording_name).value_or(std::string());
}

Result follow_recording(const Context& context, const room::Room& room, room::Publisher& publisher,
                        Timestamp now) {
  std::vector<RecordedStream> streams;
  if (is_recorded(room, publisher)) {
    const auto folder = recording::recording_folder(context.config.recording_folder,
                                                    room.settings().recording_folder);
    for (const room::PublisherStream& stream : publisher.streams) {
      if (!stream.media.is_live()) continue;
      streams.push_back(recorded(room, publisher, stream));
      streams.back().file.folder = folder.value_or(std::string());
      if (stream.media.kind != MediaKind::kData) continue;
      streams.push_back(streams.back());  // texts and other messages are two files
      streams.back().file.is_text = true;
    }
  }
  if (streams.empty() && publisher.recorder == 0) return {};
  const PeerId recorder = publisher.recorder != 0 ? publisher.recorder : context.host.new_peer_id();
  const auto done = context.media.record(recorder, publisher.peer, streams, now);
  if (!done) return fail(RoomError::kUnknown, "Error starting the recording: " + done.error().text);
  publisher.recorder = streams.empty() ? 0 : recorder;
  return {};
}

void follow_recording_or_tell(const Context& context, const room::Room& room,
                              room::Publisher& publisher, Timestamp now) {
  best_effort([&] {
    const Result followed = follow_recording(context, room, publisher, now);
    if (!followed)
      push_to(context, room, publisher, {.mid = {}, .name = {}, .reason = followed.error().text});
  });
}

void end_recording(const Context& context, room::Publisher& publisher, Timestamp now) {
  if (publisher.recorder == 0) return;
  context.media.close(publisher.recorder, now);
  publisher.recorder = 0;
}

void tell_recording_ended(const Context& context, const Attachment& attachment,
                          const EndedFile& file) {
  const auto who = participant_of(context, attachment);
  if (who) push_to(context, *who->room, *who->publisher, file);
}

Result enable_recording(const Context& context, const Request& request) {
  const auto wanted = read_enable_recording(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto found = find_managed_room(context, wanted->room);
  if (!found) return std::unexpected(found.error());
  room::Room& room = **found;
  if (wanted->is_recorded) {
    if (const Result checked = check_is_on(context); !checked) return checked;
  }
  const Result answered =
      answer(request, {{"videoroom", "success"}, {"record", wanted->is_recorded}});
  room.settings().is_recorded = wanted->is_recorded;
  for (const room::Publisher& each : room.publishers()) {
    room::Publisher& publisher = *room.find_publisher(each.id);
    publisher.is_recorded.reset();
    follow_recording_or_tell(context, room, publisher, request.now);
  }
  return answered;
}

}  // namespace penstock::janus::videoroom
