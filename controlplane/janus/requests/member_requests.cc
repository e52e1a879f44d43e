#include "controlplane/janus/requests/member_requests.h"

#include <array>

#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

using enum JsonType;

std::expected<AllowedRequest::Action, Error> read_action(std::string_view name) {
  using enum AllowedRequest::Action;
  if (equals_ignoring_case(name, "add")) return kAdd;
  if (equals_ignoring_case(name, "remove")) return kRemove;
  if (equals_ignoring_case(name, "enable")) return kEnable;
  if (equals_ignoring_case(name, "disable")) return kDisable;
  return fail(RoomError::kInvalidElement,
              "Unsupported action '" + std::string(name) + "' (allowed)");
}

std::expected<std::vector<std::string>, Error> read_tokens(const json::object& body) {
  static constexpr Field kFields[] = {{"allowed", kArray, true}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  std::vector<std::string> tokens;
  for (const json::value& token : *get_array(body, "allowed")) {
    if (!token.is_string() || token.get_string().size() > kRoomTextBytesMax) {
      return fail(RoomError::kInvalidElement,
                  "Invalid element in the allowed array (not a string)");
    }
    tokens.emplace_back(token.get_string().c_str(), token.get_string().size());
  }
  return tokens;
}

}  // namespace

std::expected<AllowedRequest, Error> read_allowed(const json::object& body, IdReader ids) {
  static constexpr Field kFields[] = {
      {"secret", kString}, {"action", kString, true}, {"allowed", kArray}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  AllowedRequest request;
  const auto action = read_action(*get_string(body, "action"));
  if (!action) return std::unexpected(action.error());
  request.action = *action;
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  request.room = *std::move(room);
  if (request.action != AllowedRequest::Action::kAdd &&
      request.action != AllowedRequest::Action::kRemove) {
    return request;
  }
  auto tokens = read_tokens(body);
  if (!tokens) return std::unexpected(tokens.error());
  request.tokens = *std::move(tokens);
  return request;
}

std::expected<KickRequest, Error> read_kick(const json::object& body, IdReader ids) {
  const std::array<Field, 2> fields{ids.field("id", true), Field{"secret", kString}};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  return KickRequest{*std::move(room), ids.read(body, "id").value_or(room::Id())};
}

std::expected<ModerateRequest, Error> read_moderate(const json::object& body, IdReader ids) {
  const std::array<Field, 4> fields{ids.field("id", true), Field{"mid", kString, true},
                                    Field{"mute", kBoolean, true}, Field{"secret", kString}};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  return ModerateRequest{.room = *std::move(room),
                         .user = ids.read(body, "id").value_or(room::Id()),
                         .mid = *get_string(body, "mid"),
                         .mute = *get_bool(body, "mute")};
}

}  // namespace penstock::janus
