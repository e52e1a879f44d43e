// How a handle becomes a participant or a subscriber.
#include <algorithm>
#include <array>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

using enum JsonType;

// The legacy form of a subscription: one feed, kinds switched on and off.
constexpr Field kSubscriberFields[] = {
    {"private_id", kPositiveInteger},
    {"streams", kArray},
    {"use_msid", kBoolean},
    {"autoupdate", kBoolean},
    {"audio", kBoolean},
    {"video", kBoolean},
    {"data", kBoolean},
    {"offer_audio", kBoolean},
    {"offer_video", kBoolean},
    {"offer_data", kBoolean},
};

bool is_kind_wanted(const json::object& body, MediaKind kind) {
  const char* name = kind == MediaKind::kAudio ? "offer_audio" : "offer_video";
  return get_bool(body, name).value_or(true);
}

ObjectText joined_event(const room::Room& room, const room::Publisher& publisher) {
  ObjectText event{{"videoroom", "joined"},
                   {"room", to_json(room.id())},
                   {"description", room.settings().description},
                   {"id", to_json(publisher.id)},
                   {"private_id", publisher.private_id}};
  event.add_array("publishers", [&](ArrayText& publishers) {
    for (const room::Publisher& other : room.publishers()) {
      if (other.id != publisher.id && other.is_publishing) {
        publishers.add(publisher_json(other, true));
      }
    }
  });
  if (publisher.audio_active_packets > 0) {
    event.add("audio_active_packets", publisher.audio_active_packets);
  }
  if (publisher.audio_level_average > 0) {
    event.add("audio_level_average", publisher.audio_level_average);
  }
  if (!room.settings().notifies_joining) return event;
  event.add_array("attendees", [&](ArrayText& attendees) {
    for (const room::Publisher& other : room.publishers()) {
      if (other.id != publisher.id && !other.is_publishing) attendees.add(attendee_json(other));
    }
  });
  return event;
}

Result join_as_publisher(const Context& context, const Request& request, room::Room& room,
                         bool configures) {
  const json::object& body = request.body;
  const std::array<Field, 6> fields{Field{"display", kString},
                                    Field{"metadata", kObject},
                                    Field{"token", kString},
                                    id_field(context, "id", false),
                                    Field{"audio_active_packets", kPositiveInteger},
                                    Field{"audio_level_average", kPositiveInteger}};
  if (const auto checked = check_room_fields(body, fields); !checked) return checked;
  const auto metadata = read_metadata(body);
  if (!metadata) return std::unexpected(metadata.error());
  const auto& tokens = room.settings().allowed_tokens;
  if (tokens && !tokens->contains(std::string(get_string(body, "token").value_or("")))) {
    return fail(RoomError::kUnauthorized, "Unauthorized (not in the allowed list)");
  }
  std::optional<room::Id> id = read_id(context, body, "id");
  if (id && room.find_publisher(*id) != nullptr) {
    return fail(RoomError::kIdExists, "User ID " + id->to_string() + " already exists");
  }
  while (!id || room.find_publisher(*id) != nullptr) id = new_id(context);

  room::Publisher joining{.id = *id,
                          .private_id = new_private_id(context, room),
                          .peer = request.attachment.handle,
                          .metadata_json = *metadata,
                          .bitrate_bps = room.settings().bitrate_bps};
  if (const auto display = get_string(body, "display")) joining.display = *display;
  joining.audio_active_packets = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(get_uint(body, "audio_active_packets").value_or(0), 1 << 20));
  joining.audio_level_average = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(get_uint(body, "audio_level_average").value_or(0), 127));
  const Handle<room::Publisher> added = room.add_publisher(std::move(joining));
  if (added.is_null()) {
    return fail(RoomError::kUnknown, "all participants are in use (limits.participants)");
  }
  room::Publisher& publisher = *context.rooms.resolve(added);
  ScopeGuard undo([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepParticipantOfFailedJoin)) return;
    remove_participant(context, {&room, &publisher}, request.now);
  });
  Attachment attachment{.handle = request.attachment.handle,
                        .role = Attachment::Role::kPublisher,
                        .room_id = room.id(),
                        .room = context.rooms.handle_of(room.id()),
                        .publisher = added};
  if (room.settings().notifies_joining) {
    ObjectText notice = room_event(room);
    notice.add("joining", attendee_json(publisher).json());
    notify_others(context, room, *id, std::move(notice));
  }
  ObjectText joined = joined_event(room, publisher);
  if (configures) {
    const Result configured = configure(context, request, {&room, &publisher}, std::move(joined));
    if (!configured) return configured;
  } else {
    reply(context, request, std::move(joined));
  }
  undo.dismiss();
  request.attachment = std::move(attachment);
  return {};
}

// What must be true before anything of a subscriber's request is looked up.
Result check_subscriber_join(const Context& context, const Request& request,
                             const room::Room& room) {
  const json::object& body = request.body;
  if (request.jsep) {
    return fail(RoomError::kInvalidRequest, "Can't send an offer to create subscribers");
  }
  if (const auto checked = check_room_fields(body, kSubscriberFields); !checked) return checked;
  const std::array<Field, 1> feed_field{id_field(context, "feed", false)};
  if (const auto checked = check_room_fields(body, feed_field); !checked) return checked;
  const std::uint64_t private_id = get_uint(body, "private_id").value_or(0);
  if (room.settings().requires_private_id &&
      (private_id == 0 || private_id > UINT32_MAX ||
       room.find_private_id(static_cast<std::uint32_t>(private_id)) == nullptr)) {
    return fail(RoomError::kUnauthorized, "Unauthorized (this room requires a valid private_id)");
  }
  const json::array* items = get_array(body, "streams");
  if (items == nullptr && !body.contains("feed")) {
    return fail(RoomError::kMissingElement,
                "At least one between 'streams' and 'feed' must be specified");
  }
  if (items != nullptr && items->empty()) {
    return fail(RoomError::kInvalidElement, "Empty subscription list");
  }
  return {};
}

// What a subscriber is to be, with everything it asks for found. Touches nothing.
std::expected<room::Subscriber, Error> read_subscriber(const Context& context,
                                                       const Request& request,
                                                       const room::Room& room) {
  const json::object& body = request.body;
  const json::array* items = get_array(body, "streams");
  const bool is_legacy = items == nullptr;
  json::array legacy_items;
  if (is_legacy) legacy_items.push_back(body);
  auto wanted = read_subscriptions(context, room, is_legacy ? legacy_items : *items);
  if (!wanted) return std::unexpected(wanted.error());
  if (is_legacy) {
    std::erase_if(*wanted, [&](const auto& item) { return !is_kind_wanted(body, item.kind); });
    for (room::SubscriptionRequest& item : *wanted) {
      item.is_sent = get_bool(body, to_json(item.kind)).value_or(true);
    }
  }
  if (wanted->empty()) {
    return fail(RoomError::kInvalidSdp, "Can't offer an SDP with no stream");
  }
  const bool is_e2ee = room.find_publisher(wanted->front().source.feed)->is_e2ee;
  const std::uint64_t private_id = get_uint(body, "private_id").value_or(0);
  room::Subscriber subscriber(
      request.attachment.handle,
      {.uses_msid = get_bool(body, "use_msid").value_or(false),
       .is_updated_automatically = get_bool(body, "autoupdate").value_or(true),
       .is_e2ee = is_e2ee,
       .private_id = static_cast<std::uint32_t>(std::min<std::uint64_t>(private_id, UINT32_MAX)),
       .streams_max = context.config.limits.subscriptions_per_subscriber_max});
  for (const room::SubscriptionRequest& item : *wanted) {
    if (room.find_publisher(item.source.feed)->is_e2ee != is_e2ee) {
      return fail(RoomError::kInvalidFeed,
                  "Can't mix normal and end-to-end encrypted subscriptions");
    }
    if (const auto added = add_subscription(subscriber, item); !added) {
      return std::unexpected(added.error());
    }
  }
  return subscriber;
}

Result join_as_subscriber(const Context& context, const Request& request, room::Room& room) {
  if (const auto checked = check_subscriber_join(context, request, room); !checked) return checked;
  auto joining = read_subscriber(context, request, room);
  if (!joining) return std::unexpected(joining.error());
  room::Subscriber* subscriber = room.add_subscriber(*std::move(joining));
  if (subscriber == nullptr) {
    return fail(RoomError::kUnknown, "all subscribers are in use (limits.participants)");
  }
  ScopeGuard undo([&] { room.remove_subscriber(subscriber->peer(), request.now); });
  Attachment attachment{.handle = request.attachment.handle,
                        .role = Attachment::Role::kSubscriber,
                        .room_id = room.id(),
                        .room = context.rooms.handle_of(room.id())};
  ObjectText event{{"videoroom", "attached"},
                   {"room", to_json(room.id())},
                   {"streams", subscriber_streams_json(room, *subscriber)}};
  if (!request.body.contains("streams")) {  // the legacy form
    const room::Publisher& feed = *room.find_publisher(subscriber->streams().front().source->feed);
    event.add("id", to_json(feed.id));
    add_profile(event, feed);
    event.add("warning", "deprecated_api");
  }
  const Result offered = make_offer(context, {&room, subscriber}, false, request.now,
                                    [&](std::optional<JsepOut> offer) {
                                      reply(context, request, std::move(event), std::move(offer));
                                    });
  if (!offered) return offered;
  undo.dismiss();
  request.attachment = std::move(attachment);
  return {};
}

Result join_with(const Context& context, const Request& request, bool configures) {
  static constexpr Field kFields[] = {{"ptype", kString, true}};
  if (const auto checked = check_room_fields(request.body, kFields); !checked) return checked;
  const auto room = find_joinable_room(context, request.body);
  if (!room) return std::unexpected(room.error());
  const std::string_view type = *get_string(request.body, "ptype");
  if (equals_ignoring_case(type, "publisher")) {
    return join_as_publisher(context, request, **room, configures);
  }
  if (equals_ignoring_case(type, "subscriber") || equals_ignoring_case(type, "listener")) {
    return join_as_subscriber(context, request, **room);
  }
  return fail(RoomError::kInvalidElement, "Invalid element (ptype)");
}

}  // namespace

Result join(const Context& context, const Request& request) {
  return join_with(context, request, false);
}

Result join_and_configure(const Context& context, const Request& request) {
  return join_with(context, request, true);
}

}  // namespace penstock::janus::videoroom
