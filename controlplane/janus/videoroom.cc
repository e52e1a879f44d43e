#include "controlplane/janus/videoroom.h"

#include <algorithm>

#include "controlplane/janus/videoroom_json.h"
#include "dataplane/base/check.h"

namespace penstock::janus {

const VideoRoom::SyncVerb VideoRoom::kSyncVerbs[] = {
    {"create", &VideoRoom::create},     {"edit", &VideoRoom::edit},
    {"destroy", &VideoRoom::destroy},   {"exists", &VideoRoom::exists},
    {"list", &VideoRoom::list},         {"listparticipants", &VideoRoom::list_participants},
    {"allowed", &VideoRoom::allowed},   {"kick", &VideoRoom::kick},
    {"moderate", &VideoRoom::moderate},
};

const VideoRoom::AsyncVerb VideoRoom::kAsyncVerbs[] = {
    {"join", Attachment::Role::kNone, &VideoRoom::join},
    {"joinandconfigure", Attachment::Role::kNone, &VideoRoom::join_and_configure},
    {"join", Attachment::Role::kPublisher, &VideoRoom::already_publisher},
    {"joinandconfigure", Attachment::Role::kPublisher, &VideoRoom::already_publisher},
    {"publish", Attachment::Role::kPublisher, &VideoRoom::publish},
    {"configure", Attachment::Role::kPublisher, &VideoRoom::configure_publisher},
    {"unpublish", Attachment::Role::kPublisher, &VideoRoom::unpublish},
    {"leave", Attachment::Role::kPublisher, &VideoRoom::leave_publisher},
    {"join", Attachment::Role::kSubscriber, &VideoRoom::already_subscriber},
    {"joinandconfigure", Attachment::Role::kSubscriber, &VideoRoom::already_subscriber},
    {"start", Attachment::Role::kSubscriber, &VideoRoom::start},
    {"pause", Attachment::Role::kSubscriber, &VideoRoom::pause},
    {"configure", Attachment::Role::kSubscriber, &VideoRoom::configure_subscriber},
    {"subscribe", Attachment::Role::kSubscriber, &VideoRoom::subscribe},
    {"unsubscribe", Attachment::Role::kSubscriber, &VideoRoom::unsubscribe},
    {"update", Attachment::Role::kSubscriber, &VideoRoom::update},
    {"switch", Attachment::Role::kSubscriber, &VideoRoom::switch_sources},
    {"leave", Attachment::Role::kSubscriber, &VideoRoom::leave_subscriber},
};

VideoRoom::VideoRoom(const JanusConfig& config, PluginHost& host, Media& media,
                     SecureRandom& random)
    : config_(config),
      host_(host),
      media_(media),
      random_(random),
      rooms_({.rooms = config.limits.rooms,
              .publishers = config.limits.participants,
              .subscribers = config.limits.subscribers}) {
  for (const StaticRoom& room : config.static_rooms) {
    room::RoomSettings settings = room.settings;
    settings.is_static = true;
    // Their number and their ids were checked with the configuration.
    PENSTOCK_CHECK(make_room(room.id, std::move(settings), 0));
  }
}

void VideoRoom::walk_ownership(OwnershipWalk& walk) const {
  rooms_.walk_ownership(walk);
  for (const room::Room& room : rooms_.rooms()) {
    for (const room::Publisher& publisher : room.publishers()) {
      if (publisher.is_dummy) media_.walk_peer(walk, publisher.peer);  // others': by their handle
    }
  }
}

bool VideoRoom::is_asynchronous(const Request& request) {
  const auto name = get_string(request.body, "request");
  return name && std::ranges::any_of(kAsyncVerbs, [&](const AsyncVerb& verb) {
           return equals_ignoring_case(*name, verb.name);
         });
}

// What a request has said before it failed is taken back.
void VideoRoom::handle_synchronous(const Request& request) {
  const std::size_t said = host_.said_so_far();
  const Result result = run_synchronous(request);
  if (result) return;
  host_.take_back(said);
  answer(request, error_event(result.error()));
}

VideoRoom::Result VideoRoom::run_synchronous(const Request& request) {
  static constexpr Field kFields[] = {{"request", JsonType::kString, true}};
  if (const auto checked = check_room_fields(request.body, kFields); !checked) return checked;
  const std::string_view name = *get_string(request.body, "request");
  for (const SyncVerb& verb : kSyncVerbs) {
    if (equals_ignoring_case(name, verb.name)) return (this->*verb.run)(request);
  }
  return fail(RoomError::kInvalidRequest, "Unknown request '" + std::string(name) + "'");
}

void VideoRoom::handle_asynchronous(const Request& request) {
  const std::size_t said = host_.said_so_far();
  const Result result = run_asynchronous(request);
  if (result) return;
  host_.take_back(said);
  reply(request, error_event(result.error()));
}

VideoRoom::Result VideoRoom::run_asynchronous(const Request& request) {
  using Role = Attachment::Role;
  const Role role = request.attachment.role;
  const std::string_view name = *get_string(request.body, "request");
  if (role == Role::kSubscriber && request.jsep && request.jsep->type == JsepIn::Type::kOffer) {
    return fail(RoomError::kInvalidSdpType, "Only publishers send offers");
  }
  for (const AsyncVerb& verb : kAsyncVerbs) {
    if (verb.role == role && equals_ignoring_case(name, verb.name)) {
      return (this->*verb.run)(request);
    }
  }
  if (role == Role::kNone) {
    return fail(RoomError::kJoinFirst, "Invalid request on unconfigured participant");
  }
  return fail(RoomError::kInvalidRequest, "Unknown request '" + std::string(name) + "'");
}

bool VideoRoom::expects_answer(const Attachment& attachment) {
  const auto who = subscription_of(attachment);
  return who && who->subscriber->is_offer_pending();
}

}  // namespace penstock::janus
