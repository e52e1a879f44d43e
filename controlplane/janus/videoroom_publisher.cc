// What a participant does: publish, configure, unpublish, leave.
#include <algorithm>

#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"

namespace penstock::janus {
namespace {

using enum JsonType;

constexpr Field kConfigureFields[] = {
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
constexpr Field kStreamFields[] = {{"mid", kString, true},
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
      return {static_cast<int>(RoomError::kInvalidSdp), "Can't offer an SDP with no stream"};
    case MediaErrorKind::kWrongState:
    case MediaErrorKind::kCapacity:
      break;
  }
  return {static_cast<int>(RoomError::kUnknown), error.text};
}

}  // namespace

VideoRoom::Result VideoRoom::publish(const Request& request) {
  const auto who = find_participant(request.attachment);
  if (!who) return std::unexpected(who.error());
  if (who->publisher->is_publishing) {
    return fail(RoomError::kAlreadyPublished, "Can't publish, already published");
  }
  return configure(request, *who, std::nullopt);
}

VideoRoom::Result VideoRoom::configure_publisher(const Request& request) {
  const auto who = find_participant(request.attachment);
  if (!who) return std::unexpected(who.error());
  return configure(request, *who, std::nullopt);
}

// Everything that can be refused without asking media; touches nothing.
VideoRoom::Result VideoRoom::check_configure(const Request& request, Participant who) const {
  const json::object& body = request.body;
  const room::RoomSettings& settings = who.room->settings();
  if (const auto checked = check_room_fields(body, kConfigureFields); !checked) return checked;
  if (const auto checked = check_items(body, "descriptions", kDescriptionFields); !checked) {
    return checked;
  }
  if (const auto checked = check_items(body, "streams", kStreamFields); !checked) return checked;
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
  const json::array* descriptions = get_array(body, "descriptions");
  if (descriptions != nullptr &&
      who.publisher->descriptions.size() + descriptions->size() > 2 * kRequestItemsMax) {
    return fail(RoomError::kInvalidElement, "Too many descriptions");
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

// Puts the offer to media. The mids that ended by it; the answer is left in `answer_sdp`.
std::expected<std::vector<std::string>, Error> VideoRoom::negotiate(const Request& request,
                                                                    Participant who,
                                                                    std::string& answer_sdp) {
  auto published = media_.publish(who.publisher->peer, who.room->placement(), request.jsep->sdp,
                                  policy_of(who.room->settings(), request.body), request.now);
  if (!published) return std::unexpected(publish_error(published.error()));
  answer_sdp = std::move(published->answer_sdp);
  who.publisher->is_publishing = true;
  who.publisher->is_e2ee = request.jsep->is_e2ee;
  return who.publisher->set_streams(std::move(published->streams));
}

// `publish`, `configure` and the second half of `joinandconfigure`, whose event is `joined`.
VideoRoom::Result VideoRoom::configure(const Request& request, Participant who,
                                       std::optional<json::object> joined) {
  if (const Result checked = check_configure(request, who); !checked) return checked;
  const bool is_announcing = !joined;
  const json::array* descriptions = get_array(request.body, "descriptions");
  std::vector<std::string> ended;
  std::optional<JsepOut> jsep;
  if (request.jsep) {
    std::string sdp;
    auto negotiated = negotiate(request, who, sdp);
    if (!negotiated) return std::unexpected(negotiated.error());
    ended = *std::move(negotiated);
    jsep = {.type = "answer", .sdp = std::move(sdp), .is_e2ee = who.publisher->is_e2ee};
  }
  apply_descriptions(request, *who.publisher);
  apply_switches(request, who);
  json::object event = joined ? *std::move(joined) : room_event(*who.room);
  if (is_announcing) event["configured"] = "ok";
  if (jsep) {
    add_codecs(event, *who.publisher);
    event["streams"] = publisher_streams_json(*who.publisher, true);
  }
  reply(request, std::move(event), std::move(jsep));
  announce_profile(request, who, is_announcing);
  if (request.jsep || (descriptions != nullptr && who.publisher->is_publishing)) {
    notify_publishing(*who.room, *who.publisher);
  }
  end_streams(*who.room, who.publisher->id, ended, request.now);
  return {};
}

void VideoRoom::apply_descriptions(const Request& request, room::Publisher& publisher) {
  const json::array* items = get_array(request.body, "descriptions");
  if (items == nullptr) return;
  for (const json::value& item : *items) {
    const std::string_view mid = *get_string(item.get_object(), "mid");
    const std::string_view text = *get_string(item.get_object(), "description");
    publisher.descriptions.insert_or_assign(std::string(mid), text);
    if (room::PublisherStream* stream = publisher.find_stream(mid)) stream->description = text;
  }
}

// What is switched without negotiation: sending, keyframes, bitrate, audio levels.
void VideoRoom::apply_switches(const Request& request, Participant who) {
  const json::object& body = request.body;
  room::Publisher& publisher = *who.publisher;
  publisher.bitrate_bps = get_uint(body, "bitrate").value_or(publisher.bitrate_bps);
  publisher.audio_active_packets = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      get_uint(body, "audio_active_packets").value_or(publisher.audio_active_packets), 1 << 20));
  publisher.audio_level_average = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      get_uint(body, "audio_level_average").value_or(publisher.audio_level_average), 127));
  bool has_changed = false;
  const auto apply = [&](room::PublisherStream& stream, std::optional<bool> send, bool keyframe) {
    has_changed = has_changed || (send && *send != stream.is_sent);
    stream.is_sent = send.value_or(stream.is_sent);
    const PublishedStream& media = stream.media;
    if (keyframe && media.is_active && media.kind == MediaKind::kVideo) {
      media_.request_keyframe(media.handle);
    }
  };
  const bool wants_keyframe = get_bool(body, "keyframe").value_or(false);
  for (room::PublisherStream& stream : publisher.streams) {
    apply(stream, get_bool(body, to_json(stream.media.kind)), wants_keyframe);
  }
  if (const json::array* items = get_array(body, "streams")) {
    for (const json::value& item : *items) {
      const json::object& object = item.get_object();
      room::PublisherStream* stream = publisher.find_stream(*get_string(object, "mid"));
      if (stream == nullptr) continue;
      apply(*stream, get_bool(object, "send"), get_bool(object, "keyframe").value_or(false));
    }
  }
  if (has_changed) refresh_pauses_of_feed(*who.room, publisher.id);
}

// A new display or metadata is told to the others only where there was one before: who had none has
// never been shown with one.
void VideoRoom::announce_profile(const Request& request, Participant who, bool is_announcing) {
  room::Publisher& publisher = *who.publisher;
  const auto display = get_string(request.body, "display");
  const auto metadata = read_metadata(request.body).value_or(std::nullopt);
  const bool tells_display = is_announcing && display && publisher.display;
  const bool tells_metadata = is_announcing && metadata && publisher.metadata_json;
  if (display) publisher.display = *display;
  if (metadata) publisher.metadata_json = *metadata;
  json::object event{{"videoroom", "event"}, {"id", to_json(publisher.id)}};
  add_profile(event, publisher);
  if (tells_display) notify_others(*who.room, publisher.id, event);
  if (!tells_metadata) return;
  event.erase("display");
  notify_others(*who.room, publisher.id, event);
}

VideoRoom::Result VideoRoom::unpublish(const Request& request) {
  const auto who = find_participant(request.attachment);
  if (!who) return std::unexpected(who.error());
  if (!who->publisher->is_publishing) {
    return fail(RoomError::kNotPublished, "Can't unpublish, not published");
  }
  json::object event = room_event(*who->room);
  event["unpublished"] = "ok";
  reply(request, std::move(event));
  host_.close_connection(request.attachment.handle, "Close PC", request.now);
  end_publishing(*who, request.now);
  return {};
}

// The connection stays up: only `unpublish`, `hangup` and `detach` close it.
VideoRoom::Result VideoRoom::leave_publisher(const Request& request) {
  const auto who = find_participant(request.attachment);
  if (!who) return std::unexpected(who.error());
  json::object event = room_event(*who->room);
  event["leaving"] = "ok";
  reply(request, std::move(event));
  notify_left(*who->room, *who->publisher, "leaving");
  remove_participant(*who, request.now);
  return {};
}

}  // namespace penstock::janus
