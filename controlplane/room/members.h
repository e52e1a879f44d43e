// Everybody in the rooms of a server: the memory of all publishers and subscribers, and the list on
// which those that were removed, and removed rooms, wait for the end of the call. Who is in which
// room is the rooms' knowledge (room.h). Owned by the directory; control thread.
#pragma once

#include <cstddef>

#include "controlplane/room/publisher.h"
#include "controlplane/room/subscriber.h"
#include "dataplane/pool/control_retire_list.h"
#include "dataplane/pool/object_pool.h"

namespace penstock::room {

// How many there can be at a time, in all rooms together.
struct Capacities {
  std::size_t rooms = 0;
  std::size_t publishers = 0;  // participants, publishing or not, and dummies
  std::size_t subscribers = 0;
};

struct Members {
  explicit Members(const Capacities& capacities)
      : publishers("publishers", capacities.publishers),
        subscribers("subscribers", capacities.subscribers),
        retired(capacities.rooms + capacities.publishers + capacities.subscribers) {}

  ObjectPool<Publisher> publishers;
  ObjectPool<Subscriber> subscribers;
  ControlRetireList retired;
};

}  // namespace penstock::room
