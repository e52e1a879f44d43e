#include "controlplane/janus/videoroom/videoroom.h"

#include <algorithm>

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/check.h"

namespace penstock::janus {
namespace {

using videoroom::Context;
using videoroom::Request;
using videoroom::Result;

using Verb = Result (*)(const Context& context, const Request& request);
struct SyncVerb {
  std::string_view name;
  Verb run;
};
struct AsyncVerb {
  std::string_view name;
  Attachment::Role role{};
  Verb run;
};

constexpr SyncVerb kSyncVerbs[] = {
    {"create", videoroom::create},
    {"edit", videoroom::edit},
    {"destroy", videoroom::destroy},
    {"exists", videoroom::exists},
    {"list", videoroom::list},
    {"listparticipants", videoroom::list_participants},
    {"allowed", videoroom::allowed},
    {"kick", videoroom::kick},
    {"moderate", videoroom::moderate},
    {"enable_recording", videoroom::enable_recording},
    {"rtp_forward", videoroom::rtp_forward},
    {"stop_rtp_forward", videoroom::stop_rtp_forward},
    {"listforwarders", videoroom::list_forwarders},
    {"publish_remotely", videoroom::publish_remotely},
    {"unpublish_remotely", videoroom::unpublish_remotely},
    {"listremotes", videoroom::list_remotes},
    {"list_remotes", videoroom::list_remotes},  // as the documentation of Janus calls it
};

constexpr AsyncVerb kAsyncVerbs[] = {
    {"join", Attachment::Role::kNone, videoroom::join},
    {"joinandconfigure", Attachment::Role::kNone, videoroom::join_and_configure},
    {"join", Attachment::Role::kPublisher, videoroom::already_publisher},
    {"joinandconfigure", Attachment::Role::kPublisher, videoroom::already_publisher},
    {"publish", Attachment::Role::kPublisher, videoroom::publish},
    {"configure", Attachment::Role::kPublisher, videoroom::configure_publisher},
    {"unpublish", Attachment::Role::kPublisher, videoroom::unpublish},
    {"leave", Attachment::Role::kPublisher, videoroom::leave_publisher},
    {"join", Attachment::Role::kSubscriber, videoroom::already_subscriber},
    {"start", Attachment::Role::kSubscriber, videoroom::start},
    {"pause", Attachment::Role::kSubscriber, videoroom::pause},
    {"configure", Attachment::Role::kSubscriber, videoroom::configure_subscriber},
    {"subscribe", Attachment::Role::kSubscriber, videoroom::subscribe},
    {"unsubscribe", Attachment::Role::kSubscriber, videoroom::unsubscribe},
    {"update", Attachment::Role::kSubscriber, videoroom::update},
    {"switch", Attachment::Role::kSubscriber, videoroom::switch_sources},
    {"leave", Attachment::Role::kSubscriber, videoroom::leave_subscriber},
};

Result run_synchronous(const Context& context, const Request& request) {
  static constexpr Field kFields[] = {{"request", JsonType::kString, true}};
  if (const auto checked = check_room_fields(request.body, kFields); !checked) return checked;
  const std::string_view name = *get_string(request.body, "request");
  for (const SyncVerb& verb : kSyncVerbs) {
    if (equals_ignoring_case(name, verb.name)) return verb.run(context, request);
  }
  return fail(RoomError::kInvalidRequest, "Unknown request '" + std::string(name) + "'");
}

Result run_asynchronous(const Context& context, const Request& request) {
  using Role = Attachment::Role;
  const Role role = request.attachment.role;
  const std::string_view name = *get_string(request.body, "request");
  if (role == Role::kSubscriber && request.jsep && request.jsep->type == JsepIn::Type::kOffer) {
    return fail(RoomError::kInvalidSdpType, "Only publishers send offers");
  }
  for (const AsyncVerb& verb : kAsyncVerbs) {
    if (verb.role == role && equals_ignoring_case(name, verb.name)) {
      return verb.run(context, request);
    }
  }
  if (role == Role::kNone) {
    return fail(RoomError::kJoinFirst, "Invalid request on unconfigured participant");
  }
  return fail(RoomError::kInvalidRequest, "Unknown request '" + std::string(name) + "'");
}

}  // namespace

VideoRoom::VideoRoom(const JanusConfig& config, const AccessTokens& tokens, PluginHost& host,
                     Media& media, SecureRandom& random)
    : rooms_({.rooms = config.limits.rooms,
              .publishers = config.limits.participants,
              .subscribers = config.limits.subscribers}),
      context_{config,     {config.has_string_ids},
               tokens,     host,
               media,      random,
               rooms_,     keyframes_,
               loudest_,   speakers_,
               permanent_, names_} {
  for (const StaticRoom& room : config.static_rooms) {
    room::RoomSettings settings = room.settings;
    settings.is_static = true;
    // Their number and their ids were checked with the configuration.
    PENSTOCK_CHECK(videoroom::make_room(context_, room.id, std::move(settings), 0));
  }
}

std::vector<std::string> VideoRoom::open_rooms(RoomFile file, TableExecutor& executor,
                                               Timestamp now) {
  std::vector<std::string> not_made;
  for (PermanentRoom& room : file.rooms) {
    const auto made = videoroom::make_room(context_, room.id, std::move(room.settings), now);
    if (!made) not_made.push_back("room " + room.id.to_string() + ": " + made.error().text);
  }
  permanent_.open(executor, std::move(file.table));
  return not_made;
}

void VideoRoom::walk_ownership(OwnershipWalk& walk) const {
  rooms_.walk_ownership(walk);
  const auto walk_peers = [&](const room::Room& room) {
    for (const room::Publisher& publisher : room.publishers()) {
      if (publisher.is_dummy)
        context_.media.walk_peer(walk, publisher.peer);  // others': by their handle
      if (publisher.recorder != 0) context_.media.walk_peer(walk, publisher.recorder);
      for (const room::Forwarder& forwarder : publisher.forwarders)
        context_.media.walk_peer(walk, forwarder.peer);
      for (const room::Remote& remote : publisher.remotes)
        context_.media.walk_peer(walk, remote.peer);
    }
  };
  for (const room::Room& room : rooms_.rooms()) walk_peers(room);
  for (const room::Room& room : rooms_.ending_rooms()) walk_peers(room);
}

bool VideoRoom::is_asynchronous(const json::object& body) {
  const auto name = get_string(body, "request");
  return name && std::ranges::any_of(kAsyncVerbs, [&](const AsyncVerb& verb) {
           return equals_ignoring_case(*name, verb.name);
         });
}

void VideoRoom::handle(const Request& request) {
  const Result result = run([&](const Context& context) {
    return is_asynchronous(request.body) ? run_asynchronous(context, request)
                                         : run_synchronous(context, request);
  });
  if (!result) videoroom::give_answer(request, error_event(result.error()));
}

bool VideoRoom::expects_answer(const Attachment& attachment) const {
  const auto who = videoroom::subscription_of(context_, attachment);
  return who && who->subscriber->is_offer_pending();
}

}  // namespace penstock::janus
