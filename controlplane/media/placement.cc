#include "controlplane/media/placement.h"

#include <tuple>

#include "dataplane/base/check.h"

namespace penstock {

WorkerIndex Placement::place(std::uint64_t room_key) {
  const auto [found, is_new] = rooms_.try_emplace(room_key);
  Room& room = found->second;
  if (is_new || room.loads[room.current] >= room_peers_max_) room.current = next_for(room);
  ++room.loads[room.current];
  ++room.peers;
  ++total_[room.current];
  return room.current;
}

void Placement::remove(std::uint64_t room_key, WorkerIndex worker) {
  const auto found = rooms_.find(room_key);
  PENSTOCK_CHECK(found != rooms_.end() && found->second.loads[worker] > 0);
  --found->second.loads[worker];
  --total_[worker];
  if (--found->second.peers == 0) rooms_.erase(found);
}

// Of the workers that have room for this room, the one with the fewest peers of all rooms. If none
// has, the one with the fewest of this room, so that it fills all evenly.
WorkerIndex Placement::next_for(const Room& room) const {
  const auto rank = [&](std::size_t worker) {
    const std::uint32_t own = room.loads[worker];
    return std::tuple(own >= room_peers_max_, own >= room_peers_max_ ? own : 0, total_[worker]);
  };
  std::size_t best = 0;
  for (std::size_t worker = 1; worker < worker_count_; ++worker) {
    if (rank(worker) < rank(best)) best = worker;
  }
  return static_cast<WorkerIndex>(best);
}

}  // namespace penstock
