// Synchronous requests about rooms: create, edit, destroy, exists, list.
#include <algorithm>

#include "controlplane/janus/requests/room_requests.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/keyframe_timer.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

ObjectText room_reply(std::string_view what, const room::Id& id) {
  return {{"videoroom", what}, {"room", to_json(id)}, {"permanent", false}};
}

bool is_admin_key(const Context& context, std::string_view key) {
  const std::string& expected = context.config.admin_key;
  return !expected.empty() && equals_in_constant_time(key, expected);
}

// Rooms outlive who made them, so that nothing else bounds how many one client makes.
Result check_room_count(const Context& context, const Caller& caller) {
  const auto network = caller.counted_network();
  if (!network) return {};
  const auto count = std::ranges::count_if(context.rooms.rooms(), [&](const room::Room& room) {
    return room.settings().made_from == network;
  });
  if (static_cast<std::size_t>(count) < context.config.limits.rooms_per_address_max) return {};
  return fail(RoomError::kUnknown,
              "Too many rooms were made from this address (signalling.rooms_per_address_max)");
}

}  // namespace

std::expected<room::Room*, Error> make_room(const Context& context, const room::Id& id,
                                            room::RoomSettings settings, Timestamp now) {
  const auto created = context.rooms.create(id, std::move(settings));
  if (!created && created.error() == room::Directory::CreateError::kExists) {
    return fail(RoomError::kRoomExists, "Room " + id.to_string() + " already exists");
  }
  if (!created) return fail(RoomError::kUnknown, "all rooms are in use (limits.rooms)");
  room::Room& room = **created;
  context.keyframes.arm(room, now);
  if (!room.settings().dummy) return &room;
  ScopeGuard undo([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepRoomOfFailedDummy)) return;
    destroy_room(context, room, now);
  });
  const Result added = add_dummy(context, room, *room.settings().dummy, now);
  if (!added) return std::unexpected(added.error());
  undo.dismiss();
  return &room;
}

Result create(const Context& context, const Request& request) {
  auto wanted = read_create(request.body, context.ids, !context.config.admin_key.empty());
  if (!wanted) return std::unexpected(wanted.error());
  const bool is_admin = is_admin_key(context, wanted->admin_key);
  if (!context.config.admin_key.empty() && !is_admin) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong admin_key)");
  }
  if (!is_admin) {
    if (const Result checked = check_room_count(context, request.caller); !checked) return checked;
    wanted->settings.made_from = request.caller.counted_network();
  }
  room::Id id = wanted->room.value_or(room::Id());
  while (id == room::Id()) {
    const room::Id chosen = new_id(context);
    if (context.rooms.find(chosen) == nullptr) id = chosen;
  }
  if (wanted->settings.description.empty()) {
    wanted->settings.description = "Room " + id.to_string();
  }
  const auto made = make_room(context, id, std::move(wanted->settings), request.now);
  if (!made) return std::unexpected(made.error());
  ScopeGuard undo([&] { destroy_room(context, **made, request.now); });
  ObjectText reply = room_reply("created", id);
  add_warnings(reply, wanted->warnings);
  const Result answered = answer(request, std::move(reply));
  undo.dismiss();
  return answered;
}

Result edit(const Context& context, const Request& request) {
  const auto wanted = read_edit(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  room::RoomSettings settings = (*room)->settings();
  wanted->apply_to(settings);
  ObjectText reply = room_reply("edited", (*room)->id());
  add_warnings(reply, wanted->warnings);
  const Result answered = answer(request, std::move(reply));
  const bool has_other_interval =
      settings.keyframe_interval_s != (*room)->settings().keyframe_interval_s;
  (*room)->settings() = std::move(settings);
  if (has_other_interval) context.keyframes.arm(**room, request.now);
  return answered;
}

Result destroy(const Context& context, const Request& request) {
  const auto wanted = read_destroy(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  announce_end(context, **room);
  const Result answered = answer(request, room_reply("destroyed", (*room)->id()));
  destroy_room(context, **room, request.now);
  return answered;
}

Result exists(const Context& context, const Request& request) {
  const auto id = read_room(request.body, context.ids);
  if (!id) return std::unexpected(id.error());
  return answer(request, {{"videoroom", "success"},
                          {"room", to_json(*id)},
                          {"exists", context.rooms.find(*id) != nullptr}});
}

Result list(const Context& context, const Request& request) {
  const auto wanted = read_list(request.body);
  if (!wanted) return std::unexpected(wanted.error());
  const bool is_admin = wanted->admin_key && is_admin_key(context, *wanted->admin_key);
  if (wanted->admin_key && !context.config.admin_key.empty() && !is_admin) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong admin_key)");
  }
  ArrayText list;
  for (const room::Room& room : context.rooms.rooms()) {
    if (!room.settings().is_private || is_admin) list.add(room_json(room));
  }
  return answer(request, {{"videoroom", "success"}, {"list", std::move(list).json()}});
}

}  // namespace penstock::janus::videoroom
