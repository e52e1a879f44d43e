// Synchronous requests about who is in a room: listparticipants, allowed, kick, moderate.
#include <algorithm>

#include "controlplane/janus/requests/member_requests.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/forwarding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/participant_list.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus::videoroom {
namespace {

std::unexpected<Error> no_such_user(const room::Id& user, const room::Room& room) {
  return fail(RoomError::kNoSuchFeed,
              "No such user " + user.to_string() + " in room " + room.id().to_string());
}

}  // namespace

Result list_participants(const Context& context, const Request& request) {
  const auto id = read_room(request.body, context.ids);
  if (!id) return std::unexpected(id.error());
  const auto room = find_room(context, *id);
  if (!room) return std::unexpected(room.error());
  ParticipantList list(context.rooms, **room);
  std::string text = request.answer.begin();
  if (list.run(text, request.now)) {
    request.answer.finish(std::move(text), std::nullopt);
  } else {
    request.answer.wait(std::make_unique<ParticipantList>(context.rooms, **room));
  }
  return {};
}

Result allowed(const Context& context, const Request& request) {
  using Action = AllowedRequest::Action;
  const auto wanted = read_allowed(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  std::optional<std::set<std::string>>& tokens = (*room)->settings().allowed_tokens;
  ObjectText reply{{"videoroom", "success"}, {"room", to_json((*room)->id())}};
  if (wanted->action == Action::kDisable) {
    const Result answered = answer(request, std::move(reply));
    tokens.reset();
    return answered;
  }
  std::set<std::string> changed = tokens.value_or(std::set<std::string>{});
  for (const std::string& token : wanted->tokens) {
    if (wanted->action == Action::kAdd) changed.insert(token);
    if (wanted->action == Action::kRemove) changed.erase(token);
  }
  if (changed.size() > kAllowedTokensMax) {
    return fail(RoomError::kInvalidElement, "Too many allowed tokens");
  }
  ArrayText list;
  for (const std::string& token : changed) list.add(token);
  reply.add("allowed", std::move(list).json());
  const Result answered = answer(request, std::move(reply));
  tokens = std::move(changed);
  return answered;
}

Result kick(const Context& context, const Request& request) {
  const auto wanted = read_kick(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  const room::Id& id = wanted->user;
  room::Publisher* publisher = (*room)->find_publisher(id);
  if (publisher == nullptr) return no_such_user(id, **room);
  if (publisher->is_dummy) return fail(RoomError::kNoSuchFeed, "Can't kick dummy users");

  const HandleId handle = publisher->peer;
  const std::uint32_t private_id = publisher->private_id;
  // Without display and metadata: janode takes an event with a display for a change of it.
  ObjectText notice = room_event(**room);
  notice.add("kicked", to_json(id));
  notify_others(context, **room, id, std::move(notice));
  ObjectText event = room_event(**room);
  event.add("leaving", "ok").add("reason", "kicked");
  const std::string text = std::move(event).text();
  context.host.push_event(handle, {.data = text, .jsep = {}});
  const Result answered = answer(request, {{"videoroom", "success"}});

  if (Attachment* attachment = context.host.find_attachment(handle)) attachment->is_kicked = true;
  context.host.close_connection(handle, "Close PC", request.now);
  remove_participant(context, {*room, publisher}, request.now);
  // Where subscribing needs a participant's private id, its subscriptions go with it.
  if ((*room)->settings().requires_private_id)
    spread_change(context, **room,
                  {.kind = room::Change::Kind::kKicked, .feed = id, .private_id = private_id},
                  request.now);
  return answered;
}

Result moderate(const Context& context, const Request& request) {
  const auto wanted = read_moderate(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  const room::Id& id = wanted->user;
  const std::string_view mid = wanted->mid;
  const bool mute = wanted->mute;
  room::Publisher* publisher = (*room)->find_publisher(id);
  if (publisher == nullptr) return no_such_user(id, **room);
  room::PublisherStream* stream = publisher->find_stream(mid);
  if (stream == nullptr) {
    return fail(RoomError::kNoSuchFeed, "No such stream " + std::string(mid));
  }
  const bool has_changed = stream->is_muted != mute;
  if (has_changed) {
    ObjectText event = room_event(**room);
    event.add("id", to_json(id)).add("mid", mid).add("moderation", mute ? "muted" : "unmuted");
    spread_event(context, **room, std::nullopt, std::move(event).text());
  }
  const Result answered = answer(request, {{"videoroom", "success"}});
  stream->is_muted = mute;
  follow_recording_or_tell(context, **room, *publisher, request.now);
  follow_switches(context, *publisher);
  if (has_changed)
    spread_change(context, **room, {.kind = room::Change::Kind::kPaused, .feed = id}, request.now);
  return answered;
}

}  // namespace penstock::janus::videoroom
