// What a participant does: publish, configure, unpublish, leave.
#include <algorithm>
#include <map>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"

namespace penstock::janus::videoroom {
namespace {

using enum JsonType;

constexpr Field kPublisherConfigureFields[] = {
    {"descriptions", kArray},
    {"audiocodec", kString},
    {"videocodec", kString},
    {"bitrate", kPositiveInteger},
    {"keyframe", kBoolean},
    {"record", kBoolean},
    {"filename", kString},
    {"display", kString},
    {"metadata", kObject},
    {"secret", kString},
    {"audio_active_packets", kPositiveInteger},
    {"audio_level_average", kPositiveInteger},
    {"streams", kArray},
    {"update", kBoolean},
    {"restart", kBoolean},
    {"audio", kBoolean},
    {"video", kBoolean},
    {"data", kBoolean},
};
constexpr Field kDescriptionFields[] = {{"mid", kString, true}, {"description", kString, true}};
constexpr Field kPublisherStreamFields[] = {{"mid", kString, true},
                                            {"keyframe", kBoolean},
                                            {"send", kBoolean},
                                            {"min_delay", kPositiveInteger},
                                            {"max_delay", kPositiveInteger}};

std::expected<void, Error> check_items(const json::object& body, std::string_view name,
                                       std::span<const Field> fields) {
  const json::array* items = get_array(body, name);
  if (items == nullptr) return {};
  for (const json::value& item : *items) {
    if (!item.is_object()) {
      return fail(RoomError::kInvalidElement,
                  "Invalid element type (" + std::string(name) + " should contain objects)");
    }
    if (const auto checked = check_room_fields(item.get_object(), fields); !checked) {
      return checked;
    }
  }
  return {};
}

// All descriptions of a participant, with their mids, once the request has been followed.
std::size_t description_bytes(const json::object& body, const room::Publisher& publisher) {
  const json::array* items = get_array(body, "descriptions");
  if (items == nullptr) return 0;
  std::map<std::string_view, std::size_t> bytes;
  for (const auto& [mid, text] : publisher.descriptions) bytes[mid] = mid.size() + text.size();
  for (const json::value& item : *items) {
    const std::string_view mid = *get_string(item.get_object(), "mid");
    bytes[mid] = mid.size() + get_string(item.get_object(), "description")->size();
  }
  std::size_t sum = 0;
  for (const auto& [mid, size] : bytes) sum += size;
  return sum;
}

// The codecs that an offer may use: the room's, or the one that the request names.
std::vector<Codec> codecs_for(const json::object& body, MediaKind kind,
                              const room::RoomSettings& settings) {
  const bool is_audio = kind == MediaKind::kAudio;
  const auto name = get_string(body, is_audio ? "audiocodec" : "videocodec");
  if (name) return {codec_from(*name, kind).value()};
  return is_audio ? settings.audio_codecs : settings.video_codecs;
}

std::expected<void, Error> check_codec(const json::object& body, MediaKind kind,
                                       const room::RoomSettings& settings) {
  const bool is_audio = kind == MediaKind::kAudio;
  const auto name = get_string(body, is_audio ? "audiocodec" : "videocodec");
  if (!name) return {};
  const std::vector<Codec>& available = is_audio ? settings.audio_codecs : settings.video_codecs;
  const auto codec = codec_from(*name, kind);
  if (codec && std::ranges::find(available, *codec) != available.end()) return {};
  return fail(RoomError::kInvalidElement,
              std::string(is_audio ? "Audio" : "Video") + " codec unavailable in this room");
}

PublishPolicy policy_of(const room::RoomSettings& settings, const json::object& body) {
  return {.audio_codecs = codecs_for(body, MediaKind::kAudio, settings),
          .video_codecs = codecs_for(body, MediaKind::kVideo, settings),
          .audio_level = settings.audio_level_extension,
          .video_orientation = settings.video_orientation_extension,
          .playout_delay = settings.playout_delay_extension,
          .transport_cc = settings.transport_cc_extension,
          .h264_profile = settings.h264_profile,
          .vp9_profile = settings.vp9_profile};
}

Error publish_error(const MediaError& error) {
  switch (error.kind) {
    case MediaErrorKind::kInvalidSdp:
      return {static_cast<int>(RoomError::kInvalidSdp), "Error parsing offer: " + error.text};
    case MediaErrorKind::kNoUsableStream:
      return {static_cast<int>(RoomError::kInvalidSdp),
              "Can't offer an SDP with no stream: " + error.text};
    case MediaErrorKind::kWrongState:
    case MediaErrorKind::kCapacity:
      break;
  }
  return {static_cast<int>(RoomError::kUnknown), error.text};
}

// Everything that can be refused without asking media; touches nothing.
Result check_configure(const Request& request, Participant who) {
  const json::object& body = request.body;
  const room::RoomSettings& settings = who.room->settings();
  if (const auto checked = check_room_fields(body, kPublisherConfigureFields); !checked)
    return checked;
  if (const auto checked = check_items(body, "descriptions", kDescriptionFields); !checked) {
    return checked;
  }
  if (const auto checked = check_items(body, "streams", kPublisherStreamFields); !checked)
    return checked;
  if (const auto metadata = read_metadata(body); !metadata) {
    return std::unexpected(metadata.error());
  }
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    if (const auto checked = check_codec(body, kind, settings); !checked) return checked;
  }
  if (get_bool(body, "record").value_or(false)) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (record is not supported by this server)");
  }
  if (description_bytes(body, *who.publisher) > kDescriptionsBytesMax) {
    return fail(RoomError::kInvalidElement, "Invalid element (descriptions are longer than " +
                                                std::to_string(kDescriptionsBytesMax) +
                                                " bytes together)");
  }
  if (!request.jsep) return {};
  if (settings.requires_e2ee && !request.jsep->is_e2ee) {
    return fail(RoomError::kUnauthorized, "Room requires end-to-end encrypted media");
  }
  if (!who.publisher->is_publishing &&
      who.room->publishing_count_without(who.publisher->id) >= settings.publishers_max) {
    return fail(RoomError::kPublishersFull, "Maximum number of publishers (" +
                                                std::to_string(settings.publishers_max) +
                                                ") already reached");
  }
  return {};
}

void apply_descriptions(const Request& request, room::Publisher& publisher) {
  const json::array* items = get_array(request.body, "descriptions");
  if (items == nullptr) return;
  for (const json::value& item : *items) {
    const std::string_view mid = *get_string(item.get_object(), "mid");
    const std::string_view text = *get_string(item.get_object(), "description");
    publisher.descriptions.insert_or_assign(std::string(mid), text);
    if (room::PublisherStream* stream = publisher.find_stream(mid)) stream->description = text;
  }
}

// What is switched without negotiation: sending, bitrate, audio levels. Whether sending has
// changed.
bool apply_switches(const json::object& body, room::Publisher& publisher) {
  publisher.bitrate_bps = get_uint(body, "bitrate").value_or(publisher.bitrate_bps);
  publisher.audio_active_packets = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      get_uint(body, "audio_active_packets").value_or(publisher.audio_active_packets), 1 << 20));
  publisher.audio_level_average = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      get_uint(body, "audio_level_average").value_or(publisher.audio_level_average), 127));
  bool has_changed = false;
  const auto apply = [&](room::PublisherStream& stream, std::optional<bool> send) {
    has_changed = has_changed || (send && *send != stream.is_sent);
    stream.is_sent = send.value_or(stream.is_sent);
  };
  for (room::PublisherStream& stream : publisher.streams) {
    apply(stream, get_bool(body, to_json(stream.media.kind)));
  }
  if (const json::array* items = get_array(body, "streams")) {
    for (const json::value& item : *items) {
      const json::object& object = item.get_object();
      room::PublisherStream* stream = publisher.find_stream(*get_string(object, "mid"));
      if (stream != nullptr) apply(*stream, get_bool(object, "send"));
    }
  }
  return has_changed;
}

void ask_for_keyframes(const Context& context, const json::object& body,
                       const room::Publisher& publisher) {
  const auto ask = [&](const PublishedStream& media) {
    if (media.is_active && media.kind == MediaKind::kVideo)
      context.media.request_keyframe(media.handle);
  };
  if (get_bool(body, "keyframe").value_or(false)) {
    for (const room::PublisherStream& stream : publisher.streams) ask(stream.media);
  }
  const json::array* items = get_array(body, "streams");
  if (items == nullptr) return;
  for (const json::value& item : *items) {
    const json::object& object = item.get_object();
    if (!get_bool(object, "keyframe").value_or(false)) continue;
    const room::PublisherStream* stream = publisher.find_stream(*get_string(object, "mid"));
    if (stream != nullptr) ask(stream->media);
  }
}

// What a configuration comes to.
struct Configured {
  std::optional<ObjectText> joined;  // the event, for who joins at the same time
  std::optional<JsepOut> answer;
  std::vector<std::string> warnings;  // about the offer
};

// The answer, and what others hear: of a new display or metadata only where there was one before,
// as who had none has never been shown with one.
void tell_configured(const Context& context, const Request& request, Participant who,
                     room::Publisher& next, Configured configured) {
  const bool is_announcing = !configured.joined;
  ObjectText event = configured.joined ? *std::move(configured.joined) : room_event(*who.room);
  if (is_announcing) event.add("configured", "ok");
  if (configured.answer) {
    add_codecs(event, next);
    event.add("streams", publisher_streams_json(next, true));
  }
  add_warnings(event, configured.warnings);
  reply(context, request, std::move(event), std::move(configured.answer));

  const auto display = get_string(request.body, "display");
  const auto metadata = read_metadata(request.body).value_or(std::nullopt);
  const bool tells_display = is_announcing && display && next.display;
  const bool tells_metadata = is_announcing && metadata && next.metadata_json;
  if (display) next.display = *display;
  if (metadata) next.metadata_json = *metadata;
  if (tells_display) {
    ObjectText profile{{"videoroom", "event"}, {"id", to_json(next.id)}};
    add_profile(profile, next);
    notify_others(context, *who.room, next.id, std::move(profile));
  }
  if (tells_metadata) {
    ObjectText profile{{"videoroom", "event"}, {"id", to_json(next.id)}};
    profile.add_json("metadata", *next.metadata_json);
    notify_others(context, *who.room, next.id, std::move(profile));
  }
  if (request.jsep || (get_array(request.body, "descriptions") != nullptr && next.is_publishing)) {
    notify_publishing(context, *who.room, next);
  }
}

}  // namespace

Result already_publisher(const Context& context, const Request& request) {
  return fail(RoomError::kAlreadyJoined, participant_of(context, request.attachment)
                                             ? "Already in as a publisher on this handle"
                                             : "Not in a room (create a new handle)");
}

Result publish(const Context& context, const Request& request) {
  const auto who = find_publisher(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  if (who->publisher->is_publishing) {
    return fail(RoomError::kAlreadyPublished, "Can't publish, already published");
  }
  return configure(context, request, *who, std::nullopt);
}

Result configure_publisher(const Context& context, const Request& request) {
  const auto who = find_publisher(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  return configure(context, request, *who, std::nullopt);
}

// `publish`, `configure` and the second half of `joinandconfigure`, whose event is `joined`.
Result configure(const Context& context, const Request& request, Participant who,
                 std::optional<ObjectText> joined) {
  if (const Result checked = check_configure(request, who); !checked) return checked;
  room::Publisher next = *who.publisher;
  std::vector<std::string> ended;
  bool has_switched = false;
  std::vector<std::string> warnings;
  const auto prepare = [&](std::optional<JsepOut> answer) {
    apply_descriptions(request, next);
    has_switched = apply_switches(request.body, next);
    tell_configured(context, request, who, next,
                    {std::move(joined), std::move(answer), std::move(warnings)});
  };
  if (request.jsep) {
    const auto published = context.media.publish(
        next.peer, who.room->placement(), request.jsep->sdp,
        policy_of(who.room->settings(), request.body), request.now, [&](PublishResult& result) {
          next.is_publishing = true;
          next.is_e2ee = request.jsep->is_e2ee;
          ended = next.set_streams(std::move(result.streams));
          warnings = std::move(result.warnings);
          prepare(JsepOut{
              .type = "answer", .sdp = std::move(result.answer_sdp), .is_e2ee = next.is_e2ee});
        });
    if (!published) return std::unexpected(publish_error(published.error()));
  } else {
    prepare(std::nullopt);
  }
  *who.publisher = std::move(next);
  ask_for_keyframes(context, request.body, *who.publisher);
  if (has_switched) refresh_pauses_of_feed(context, *who.room, who.publisher->id);
  end_streams(context, *who.room, who.publisher->id, ended, request.now);
  return {};
}

Result unpublish(const Context& context, const Request& request) {
  const auto who = find_participant(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  if (!who->publisher->is_publishing) {
    return fail(RoomError::kNotPublished, "Can't unpublish, not published");
  }
  ObjectText event = room_event(*who->room);
  event.add("unpublished", "ok");
  reply(context, request, std::move(event));
  context.host.close_connection(request.attachment.handle, "Close PC", request.now);
  end_publishing(context, *who, request.now);
  return {};
}

// The connection stays up: only `unpublish`, `hangup` and `detach` close it.
Result leave_publisher(const Context& context, const Request& request) {
  const auto who = find_participant(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  notify_left(context, *who->room, *who->publisher, "leaving");
  ObjectText event = room_event(*who->room);
  event.add("leaving", "ok");
  reply(context, request, std::move(event));
  remove_participant(context, *who, request.now);
  return {};
}

}  // namespace penstock::janus::videoroom
