// What a participant does: publish, configure, unpublish, leave.
#include <algorithm>
#include <iterator>
#include <map>
#include <span>

#include "controlplane/janus/requests/publisher_requests.h"
#include "controlplane/janus/videoroom/dominant_speakers.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/forwarding.h"
#include "controlplane/janus/videoroom/loudest.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "controlplane/janus/videoroom/talking.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus::videoroom {
namespace {

// All descriptions of a participant, with their mids, once the request has been followed.
std::size_t description_bytes(const ConfigureRequest& wanted, const room::Publisher& publisher) {
  if (!wanted.descriptions) return 0;
  std::map<std::string_view, std::size_t> bytes;
  for (const auto& [mid, text] : publisher.descriptions) bytes[mid] = mid.size() + text.size();
  for (const auto& [mid, text] : *wanted.descriptions) bytes[mid] = mid.size() + text.size();
  std::size_t sum = 0;
  for (const auto& [mid, size] : bytes) sum += size;
  return sum;
}

// The codecs that an offer may use: the room's, or the one that the request names.
std::expected<std::vector<Codec>, Error> codecs_for(MediaKind kind,
                                                    std::optional<std::string_view> name,
                                                    const room::RoomSettings& settings) {
  const bool is_audio = kind == MediaKind::kAudio;
  const std::vector<Codec>& available = is_audio ? settings.audio_codecs : settings.video_codecs;
  if (!name) return available;
  const auto codec = codec_from(*name, kind);
  if (codec && std::ranges::find(available, *codec) != available.end()) {
    return std::vector{*codec};
  }
  return fail(RoomError::kInvalidElement,
              std::string(is_audio ? "Audio" : "Video") + " codec unavailable in this room");
}

void set_levels(const ConfigureRequest& wanted, room::Publisher& publisher) {
  publisher.audio_active_packets =
      wanted.audio_active_packets.value_or(publisher.audio_active_packets);
  publisher.audio_level_average =
      wanted.audio_level_average.value_or(publisher.audio_level_average);
}

// What the publisher's video may take from now on. A room with bitrate_cap lets nobody have more.
std::uint64_t bitrate_of(const ConfigureRequest& wanted, const room::Publisher& publisher,
                         const room::RoomSettings& settings) {
  const std::uint64_t bps = wanted.bitrate_bps.value_or(publisher.bitrate_bps);
  if (!settings.bitrate_cap || settings.bitrate_bps == 0) return bps;
  return bps == 0 ? settings.bitrate_bps : std::min(bps, settings.bitrate_bps);
}

// As it is once the request has been followed.
room::Publisher with_levels(const room::Publisher& publisher, const ConfigureRequest& wanted) {
  room::Publisher next{.audio_active_packets = publisher.audio_active_packets,
                       .audio_level_average = publisher.audio_level_average};
  set_levels(wanted, next);
  return next;
}

std::expected<PublishPolicy, Error> policy_of(const ConfigureRequest& wanted,
                                              const room::Publisher& publisher,
                                              const room::RoomSettings& settings) {
  auto audio = codecs_for(MediaKind::kAudio, wanted.audio_codec, settings);
  if (!audio) return std::unexpected(audio.error());
  auto video = codecs_for(MediaKind::kVideo, wanted.video_codec, settings);
  if (!video) return std::unexpected(video.error());
  return PublishPolicy{.audio_codecs = *std::move(audio),
                       .video_codecs = *std::move(video),
                       .audio_level = settings.audio_level_extension,
                       .video_orientation = settings.video_orientation_extension,
                       .playout_delay = settings.playout_delay_extension,
                       .transport_cc = settings.transport_cc_extension,
                       .h264_profile = settings.h264_profile,
                       .vp9_profile = settings.vp9_profile,
                       .opus_fec = settings.opus_fec,
                       .opus_dtx = settings.opus_dtx,
                       .opus_red = settings.opus_red,
                       .bitrate_bps = bitrate_of(wanted, publisher, settings),
                       .audio = audio_rule_of(with_levels(publisher, wanted), settings)};
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
Result check_configure(const Request& request, Participant who, const ConfigureRequest& wanted) {
  const room::RoomSettings& settings = who.room->settings();
  if (description_bytes(wanted, *who.publisher) > kDescriptionsBytesMax) {
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

void apply_descriptions(const ConfigureRequest& wanted, room::Publisher& publisher) {
  if (!wanted.descriptions) return;
  for (const auto& [mid, text] : *wanted.descriptions) {
    publisher.descriptions.insert_or_assign(std::string(mid), text);
    if (room::PublisherStream* stream = publisher.find_stream(mid)) stream->description = text;
  }
}

// Of a bitrate that is asked for without an offer.
void warn_of_bitrate(const ConfigureRequest& wanted, const room::Publisher& publisher,
                     std::vector<std::string>& warnings) {
  if (!wanted.bitrate_bps) return;
  for (const room::PublisherStream& stream : publisher.streams) {
    if (!stream.is_active(MediaKind::kVideo) || stream.media.has_remb) continue;
    warnings.push_back("bitrate: mid " + stream.media.mid +
                       " was offered without a=rtcp-fb goog-remb: it is told in the answer to the "
                       "next offer");
  }
}

// Which streams there are, an offer changes.
Result check_mids(const Request& request, const room::Publisher& publisher,
                  const ConfigureRequest& wanted) {
  if (request.jsep) return {};
  for (const ConfigureRequest::Stream& item : wanted.streams) {
    if (publisher.find_stream(item.mid) != nullptr) continue;
    return fail(RoomError::kNoSuchFeed, "No such mid '" + std::string(item.mid) + "' published");
  }
  return {};
}

// What is switched without negotiation: sending, audio levels. Whether sending has changed.
bool apply_switches(const ConfigureRequest& wanted, room::Publisher& publisher) {
  set_levels(wanted, publisher);
  bool has_changed = false;
  const auto apply = [&](room::PublisherStream& stream, std::optional<bool> is_sent) {
    has_changed = has_changed || (is_sent && *is_sent != stream.is_sent);
    stream.is_sent = is_sent.value_or(stream.is_sent);
  };
  for (room::PublisherStream& stream : publisher.streams) {
    apply(stream, wanted.sends.of(stream.media.kind));
  }
  for (const ConfigureRequest::Stream& item : wanted.streams) {
    room::PublisherStream* stream = publisher.find_stream(item.mid);
    if (stream != nullptr) apply(*stream, item.is_sent);
  }
  return has_changed;
}

void ask_for_keyframes(const Context& context, const ConfigureRequest& wanted,
                       const room::Publisher& publisher) {
  if (wanted.asks_for_keyframes) {
    for (const room::PublisherStream& stream : publisher.streams)
      request_keyframe(context.media, stream.media);
  }
  for (const ConfigureRequest::Stream& item : wanted.streams) {
    const room::PublisherStream* stream = publisher.find_stream(item.mid);
    if (stream != nullptr && item.asks_for_keyframe) request_keyframe(context.media, stream->media);
  }
}

// What a configuration comes to.
struct Configured {
  std::optional<ObjectText> joined;  // the event, for who joins at the same time
  std::optional<JsepOut> answer;
  std::vector<std::string> warnings;  // about the request and its offer
};

// The answer, and what others hear: of a new display or metadata only where there was one before,
// as who had none has never been shown with one.
void tell_configured(const Context& context, const Request& request, Participant who,
                     const ConfigureRequest& wanted, room::Publisher& next, Configured configured) {
  const bool is_announcing = !configured.joined;
  ObjectText event = configured.joined ? *std::move(configured.joined) : room_event(*who.room);
  if (is_announcing) event.add("configured", "ok");
  if (configured.answer) {
    add_codecs(event, next);
    event.add("streams", publisher_streams_json(next, true));
  }
  add_warnings(event, configured.warnings);
  give_answer(request, std::move(event), std::move(configured.answer));

  const auto& display = wanted.display;
  const auto& metadata = wanted.metadata_json;
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
  if (request.jsep || (wanted.descriptions && next.is_publishing)) {
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
  auto wanted = read_configure(request.body);
  if (!wanted) return std::unexpected(wanted.error());
  auto policy = policy_of(*wanted, *who.publisher, who.room->settings());
  if (!policy) return std::unexpected(policy.error());
  // RED that only its receivers can read could not be unwrapped for those who take none.
  if (request.jsep && request.jsep->is_e2ee) policy->opus_red = false;
  policy->takes_all_or_nothing = request.jsep && request.jsep->is_all_or_nothing;
  if (const Result checked = check_configure(request, who, *wanted); !checked) return checked;
  if (const Result checked = check_mids(request, *who.publisher, *wanted); !checked) return checked;
  if (const Result may = check_recording(context, *who.room, *wanted); !may) return may;
  room::Publisher next = *who.publisher;
  room::Publisher::StreamChanges changes;
  bool has_switched = false;
  std::vector<std::string>& warnings = wanted->warnings;
  const auto prepare = [&](std::optional<JsepOut> answer) {
    apply_descriptions(*wanted, next);
    has_switched = apply_switches(*wanted, next);
    apply_recording(*wanted, next);
    next.bitrate_bps = policy->bitrate_bps;
    tell_configured(context, request, who, *wanted, next,
                    {std::move(joined), std::move(answer), std::move(warnings)});
  };
  if (request.jsep) {
    const auto published = context.media.publish(
        next.peer, who.room->placement(), request.jsep->sdp, *policy, request.now,
        [&](PublishResult& result) {
          next.is_publishing = true;
          next.is_e2ee = request.jsep->is_e2ee;
          changes = next.set_streams(std::move(result.streams));
          std::ranges::move(result.warnings, std::back_inserter(warnings));
          prepare(JsepOut{
              .type = "answer", .sdp = std::move(result.answer_sdp), .is_e2ee = next.is_e2ee});
        });
    if (!published) return std::unexpected(publish_error(published.error()));
  } else {
    warn_of_bitrate(*wanted, next, warnings);
    prepare(std::nullopt);
    const Result recorded = follow_recording(context, *who.room, next, request.now);
    if (!recorded) return recorded;
  }
  *who.publisher = std::move(next);
  if (request.jsep) follow_recording_or_tell(context, *who.room, *who.publisher, request.now);
  context.media.limit_bitrate(who.publisher->peer, who.publisher->bitrate_bps);
  context.media.set_audio_rule(who.publisher->peer, policy->audio);
  context.loudest.arm(*who.room, request.now);
  context.speakers.arm(*who.room, request.now);
  ask_for_keyframes(context, *wanted, *who.publisher);
  using Kind = room::Change::Kind;
  const auto change = [&](Kind kind, std::span<const std::string> mids) {
    spread_change(context, *who.room, {.kind = kind, .feed = who.publisher->id, .mids = mids},
                  request.now);
  };
  if (has_switched) follow_switches(context, *who.publisher);
  end_forwarders(context, *who.publisher, changes.ended, request.now);
  if (has_switched) change(Kind::kPaused, {});
  if (!changes.ended.empty()) change(Kind::kEnded, changes.ended);
  if (!changes.recoded.empty()) change(Kind::kRecoded, changes.recoded);
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
  give_answer(request, std::move(event));
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
  give_answer(request, std::move(event));
  remove_participant(context, *who, request.now);
  return {};
}

}  // namespace penstock::janus::videoroom
