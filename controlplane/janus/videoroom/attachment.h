// Where a handle stands in the VideoRoom plugin: nowhere yet, a participant of a room, or a
// subscriber. Room and participant are named by handles, resolved at each use, so that those that
// are gone are simply not found; a subscriber is its room's under the handle's own id. Owned by its
// handle.
#pragma once

#include <cstdint>

#include "controlplane/room/id.h"
#include "dataplane/pool/handle.h"

namespace penstock::room {
class Room;
struct Publisher;
}  // namespace penstock::room

namespace penstock::janus {

using HandleId = std::uint64_t;

struct Attachment {
  enum class Role : std::uint8_t { kNone, kPublisher, kSubscriber };

  HandleId handle = 0;
  Role role = Role::kNone;
  room::Id room_id{};                   // for messages, also after the room
  Handle<room::Room> room{};            // a later room with the same id is another room
  Handle<room::Publisher> publisher{};  // meaningful for kPublisher
  bool is_kicked = false;
};

}  // namespace penstock::janus
