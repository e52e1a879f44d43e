#include "controlplane/media/placement.h"

#include "dataplane/base/check.h"

namespace penstock {

WorkerIndex Placement::place(std::uint64_t room_key) {
  const auto [found, is_new] = rooms_.try_emplace(room_key);
  Room& room = found->second;
  if (is_new) {
    room.current = least_loaded(total_);
  } else if (room.loads[room.current] >= room_peers_max_) {
    room.current = least_loaded(room.loads);
  }
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

WorkerIndex Placement::least_loaded(const Loads& loads) const {
  std::size_t best = 0;
  for (std::size_t worker = 1; worker < worker_count_; ++worker) {
    if (loads[worker] < loads[best]) best = worker;
  }
  return static_cast<WorkerIndex>(best);
}

}  // namespace penstock
