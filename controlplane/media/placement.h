// Which worker serves a peer: a room stays on one worker while it fits, so that
// small rooms never hop cores; a room that outgrows its worker goes on to the one that has the
// least to do. Pure bookkeeping; owned by the peer connections, control thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"

namespace penstock {

class Placement {
 public:
  // `room_peers_max`: how many peers of one room a worker takes before the next worker is used.
  Placement(std::size_t worker_count, std::size_t room_peers_max)
      : worker_count_(worker_count), room_peers_max_(room_peers_max) {}

  // The worker for one more peer of the room; counted until remove().
  WorkerIndex place(std::uint64_t room_key);
  // A peer that place() put on `worker` is gone.
  void remove(std::uint64_t room_key, WorkerIndex worker);

  std::size_t room_count() const { return rooms_.size(); }

 private:
  using Loads = std::array<std::uint32_t, kWorkersMax>;

  struct Room {
    WorkerIndex current = 0;  // where the room's next peer goes while there is room
    std::uint32_t peers = 0;
    Loads loads{};
  };

  WorkerIndex next_for(const Room& room) const;

  std::size_t worker_count_;
  std::size_t room_peers_max_;
  Loads total_{};
  std::unordered_map<std::uint64_t, Room> rooms_;
};

}  // namespace penstock
