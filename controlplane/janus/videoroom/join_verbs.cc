// How a handle becomes a participant or a subscriber.
#include <algorithm>
#include <variant>

#include "controlplane/janus/requests/join_requests.h"
#include "controlplane/janus/videoroom/dominant_speakers.h"
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

// What an answer has around its data.
constexpr std::size_t kEnvelopeBytes = 2'048;

// About as much as those whom `joined` lists take; streams not counted.
std::size_t listed_bytes(const room::Room& room, const room::Publisher& joining) {
  std::size_t bytes = 0;
  for (const room::Publisher& other : room.publishers()) {
    if (other.id == joining.id) continue;
    if (!other.is_publishing && !room.settings().notifies_joining) continue;
    bytes += attendee_bytes(other);
  }
  return bytes;
}

ObjectText joined_event(const room::Room& room, const room::Publisher& publisher) {
  ObjectText event{{"videoroom", "joined"},
                   {"room", to_json(room.id())},
                   {"description", room.settings().description},
                   {"id", to_json(publisher.id)},
                   {"private_id", publisher.private_id}};
  event.reserve(kEnvelopeBytes + listed_bytes(room, publisher));
  event.add_array("publishers", [&](ArrayText& publishers) {
    for (const room::Publisher& other : room.publishers()) {
      if (other.id != publisher.id && other.is_publishing) {
        publishers.add(publisher_json(other, &room.settings()));
      }
    }
  });
  if (publisher.audio_active_packets > 0) {
    event.add("audio_active_packets", publisher.audio_active_packets);
  }
  if (publisher.audio_level_average > 0) {
    event.add("audio_level_average", publisher.audio_level_average);
  }
  if (const SpeakingStream speaking = dominant_speaker_of(room); speaking.publisher != nullptr)
    event.add("dominant_speaker", to_json(speaking.publisher->id));
  if (!room.settings().notifies_joining) return event;
  event.add_array("attendees", [&](ArrayText& attendees) {
    for (const room::Publisher& other : room.publishers()) {
      if (other.id != publisher.id && !other.is_publishing) attendees.add(attendee_json(other));
    }
  });
  return event;
}

bool is_allowed(const room::Room& room, std::uint64_t private_id) {
  if (!room.settings().requires_private_id) return true;
  return private_id != 0 && private_id <= UINT32_MAX &&
         room.find_private_id(static_cast<std::uint32_t>(private_id)) != nullptr;
}

// What a subscriber is to be, with everything it asks for found. Touches nothing.
std::expected<room::Subscriber, Error> make_subscriber(const Context& context,
                                                       const Request& request,
                                                       const room::Room& room,
                                                       const SubscriberJoin& join) {
  auto found = find_streams(room, join.streams);
  if (!found) return std::unexpected(found.error());
  if (join.is_legacy) {
    std::erase_if(*found,
                  [&](const auto& item) { return !join.offers.of(item.kind).value_or(true); });
    for (room::SubscriptionRequest& item : *found)
      item.is_sent = join.sends.of(item.kind).value_or(true);
  }
  if (found->empty()) {
    return fail(RoomError::kInvalidSdp, "Can't offer an SDP with no stream");
  }
  const bool is_e2ee = room.find_publisher(found->front().source.feed)->is_e2ee;
  room::Subscriber subscriber(
      request.attachment.handle,
      {.uses_msid = join.uses_msid,
       .is_updated_automatically = join.is_updated_automatically,
       .is_e2ee = is_e2ee,
       .private_id =
           static_cast<std::uint32_t>(std::min<std::uint64_t>(join.private_id, UINT32_MAX)),
       .streams_max = context.config.limits.subscriptions_per_subscriber_max});
  for (const room::SubscriptionRequest& item : *found) {
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

Result join_as_subscriber(const Context& context, const Request& request, room::Room& room,
                          const SubscriberJoin& wanted) {
  if (request.jsep) {
    return fail(RoomError::kInvalidRequest, "Can't send an offer to create subscribers");
  }
  if (!is_allowed(room, wanted.private_id)) {
    return fail(RoomError::kUnauthorized, "Unauthorized (this room requires a valid private_id)");
  }
  auto joining = make_subscriber(context, request, room, wanted);
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
  if (wanted.is_legacy) {
    const room::Publisher& feed = *room.find_publisher(subscriber->streams().front().source->feed);
    event.add("id", to_json(feed.id));
    add_profile(event, feed);
    event.add("warning", "deprecated_api");
  }
  const Result offered = make_offer(context, {&room, subscriber}, false, request.now,
                                    [&](std::optional<JsepOut> offer) {
                                      give_answer(request, std::move(event), std::move(offer));
                                    });
  if (!offered) return offered;
  undo.dismiss();
  refresh_receiving(context, room, *subscriber, request.now);
  if (wanted.bitrate_bps != 0) context.media.limit_receiver(subscriber->peer(), wanted.bitrate_bps);
  request.attachment = std::move(attachment);
  return {};
}

Result join_with(const Context& context, const Request& request, bool configures) {
  auto wanted = read_join(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_joinable_room(context, *wanted);
  if (!room) return std::unexpected(room.error());
  if (auto* publisher = std::get_if<PublisherJoin>(&wanted->as)) {
    const auto& tokens = (*room)->settings().allowed_tokens;
    if (tokens && !tokens->contains(std::string(wanted->token))) {
      return fail(RoomError::kUnauthorized, "Unauthorized (not in the allowed list)");
    }
    return join_as_publisher(context, request, **room, std::move(*publisher), configures);
  }
  return join_as_subscriber(context, request, **room, std::get<SubscriberJoin>(wanted->as));
}

}  // namespace

Result join_as_publisher(const Context& context, const Request& request, room::Room& room,
                         PublisherJoin wanted, bool configures) {
  std::optional<room::Id> id = std::move(wanted.id);
  if (id && room.find_publisher(*id) != nullptr) {
    return fail(RoomError::kIdExists, "User ID " + id->to_string() + " already exists");
  }
  while (!id || room.find_publisher(*id) != nullptr) id = new_id(context);

  room::Publisher joining{.id = *id,
                          .private_id = new_private_id(context, room),
                          .peer = request.attachment.handle,
                          .metadata_json = std::move(wanted.metadata_json),
                          .bitrate_bps = room.settings().bitrate_bps,
                          .audio_active_packets = wanted.audio_active_packets,
                          .audio_level_average = wanted.audio_level_average};
  if (wanted.display) joining.display = *wanted.display;
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
    give_answer(request, std::move(joined));
  }
  undo.dismiss();
  request.attachment = std::move(attachment);
  return {};
}

Result join(const Context& context, const Request& request) {
  return join_with(context, request, false);
}

Result join_and_configure(const Context& context, const Request& request) {
  return join_with(context, request, true);
}

}  // namespace penstock::janus::videoroom
