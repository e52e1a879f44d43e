// Synchronous requests about rooms: create, edit, destroy, exists, list.
#include <algorithm>

#include "controlplane/janus/requests/room_requests.h"
#include "controlplane/janus/room_file.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/keyframe_timer.h"
#include "controlplane/janus/videoroom/permanent_answer.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/constant_time.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

bool is_admin_key(const Context& context, std::string_view key) {
  const std::string& expected = context.config.admin_key;
  return !expected.empty() && equals_in_constant_time(key, expected);
}

// Rooms outlive who made them, so that nothing else bounds how many one client makes.
Result check_room_count(const Context& context, const Caller& caller) {
  const auto network = caller.counted_maker();
  if (!network) return {};
  const auto count = std::ranges::count_if(context.rooms.rooms(), [&](const room::Room& room) {
    return room.settings().made_from == network;
  });
  if (static_cast<std::size_t>(count) < context.config.limits.rooms_per_address_max) return {};
  return fail(RoomError::kUnknown,
              "Too many rooms were made from this address (signalling.rooms_per_address_max)");
}

Result check_permanent(const Context& context, bool is_permanent, const std::string& verb) {
  if (!is_permanent || context.permanent.is_open()) return {};
  return fail(RoomError::kUnknown, "No configuration file, can't " + verb + " permanent room");
}

// The configuration has its own file, which this server does not write.
Result check_is_not_static(bool is_permanent, const std::string& verb, const room::Room& room) {
  if (!is_permanent || !room.settings().is_static) return {};
  return fail(RoomError::kUnknown, "Room " + room.id().to_string() +
                                       " stands in the configuration, can't " + verb +
                                       " permanent room");
}

// The answer to a request that has changed a room. With `row`, the room is permanent: it is given
// when that is in the file, too. Nothing may fail afterwards.
Result answer_permanently(const Context& context, const Request& request, RoomReply reply,
                          std::optional<std::string> row) {
  auto change = context.permanent.prepare(reply.room, std::move(row));
  if (!change) return std::unexpected(change.error());
  const RequestId id = request.answer.wait(
      std::make_unique<PermanentAnswer>(context.permanent, change->ticket(), std::move(reply)));
  context.permanent.begin(*std::move(change), id);
  return {};
}

Result answer_change(const Context& context, const Request& request, RoomReply reply,
                     bool is_permanent, const room::RoomSettings& settings) {
  if (!is_permanent) return answer(request, reply.text(false));
  std::string row = room_row(reply.room, settings);
  return answer_permanently(context, request, std::move(reply), std::move(row));
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
  // Rather than a room that is open to everybody, as Janus makes it.
  if (wanted->settings.requires_signed_token && !context.tokens.are_signed()) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (signed_tokens needs signalling.token_auth_secret)");
  }
  if (const Result checked = check_permanent(context, wanted->is_permanent, "create"); !checked) {
    return checked;
  }
  if (const Result checked = check_recording(context, wanted->settings); !checked) return checked;
  const bool is_admin = is_admin_key(context, wanted->admin_key);
  if (!context.config.admin_key.empty() && !is_admin) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong admin_key)");
  }
  if (!is_admin) {
    if (const Result checked = check_room_count(context, request.caller); !checked) return checked;
    wanted->settings.made_from = request.caller.counted_maker();
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
  Result answered = answer_change(context, request, {"created", id, std::move(wanted->warnings)},
                                  wanted->is_permanent, (*made)->settings());
  if (!answered) return answered;
  undo.dismiss();
  return answered;
}

Result edit(const Context& context, const Request& request) {
  auto wanted = read_edit(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  if (const Result checked = check_permanent(context, wanted->is_permanent, "edit"); !checked) {
    return checked;
  }
  const auto found = find_managed_room(context, wanted->room);
  if (!found) return std::unexpected(found.error());
  room::Room& room = **found;
  const Result checked = check_is_not_static(wanted->is_permanent, "edit", room);
  if (!checked) return checked;
  room::RoomSettings settings = room.settings();
  wanted->apply_to(settings);
  if (const Result may = check_recording(context, settings); !may) return may;
  const Result answered =
      answer_change(context, request, {"edited", room.id(), std::move(wanted->warnings)},
                    wanted->is_permanent, settings);
  if (!answered) return answered;
  const bool has_other_interval =
      settings.keyframe_interval_s != room.settings().keyframe_interval_s;
  room.settings() = std::move(settings);
  if (has_other_interval) context.keyframes.arm(room, request.now);
  return answered;
}

Result destroy(const Context& context, const Request& request) {
  const auto wanted = read_destroy(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  if (const Result checked = check_permanent(context, wanted->is_permanent, "destroy"); !checked) {
    return checked;
  }
  const auto room = find_managed_room(context, wanted->room);
  if (!room) return std::unexpected(room.error());
  const Result checked = check_is_not_static(wanted->is_permanent, "destroy", **room);
  if (!checked) return checked;
  announce_end(context, **room);
  RoomReply reply{"destroyed", (*room)->id()};
  const Result answered = wanted->is_permanent
                              ? answer_permanently(context, request, std::move(reply), std::nullopt)
                              : answer(request, reply.text(false));
  if (!answered) return answered;
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
