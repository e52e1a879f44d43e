// What clients ask about who is in a room: allowed, kick, moderate. Read from JSON here, followed
// in videoroom/member_verbs.cc. Pure functions; views point into the request.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {

struct AllowedRequest {
  enum class Action : std::uint8_t { kEnable, kDisable, kAdd, kRemove };

  ManagedRoom room;
  Action action{};
  std::vector<std::string> tokens;  // to add or to remove
};
std::expected<AllowedRequest, Error> read_allowed(const json::object& body, IdReader ids);

struct KickRequest {
  ManagedRoom room;
  room::Id user;
};
std::expected<KickRequest, Error> read_kick(const json::object& body, IdReader ids);

struct ModerateRequest {
  ManagedRoom room;
  room::Id user;
  std::string_view mid;
  bool mute = false;
};
std::expected<ModerateRequest, Error> read_moderate(const json::object& body, IdReader ids);

}  // namespace penstock::janus
