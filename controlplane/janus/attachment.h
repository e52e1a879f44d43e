// Where a handle stands in the VideoRoom plugin: nowhere yet, a participant of a room, or a
// subscriber. It names room and participant; they are looked up at each use, so a room that is gone
// is simply not found. Owned by its handle.
#pragma once

#include <cstdint>

#include "controlplane/room/id.h"

namespace penstock::janus {

using HandleId = std::uint64_t;

struct Attachment {
  enum class Role : std::uint8_t { kNone, kPublisher, kSubscriber };

  HandleId handle = 0;
  Role role = Role::kNone;
  room::Id room{};
  std::uint64_t room_serial = 0;  // a later room with the same id is another room
  room::Id user{};                // meaningful for kPublisher
  bool is_kicked = false;
};

}  // namespace penstock::janus
