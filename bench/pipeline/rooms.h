// The data plane and the rooms that penstock-bench measures.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/inprocess/meeting.h"
#include "bench/inprocess/population.h"
#include "bench/pipeline/options.h"

namespace penstock::bench {

// Of one kind or the other.
struct Rooms {
  std::vector<std::unique_ptr<Population>> populations;
  std::vector<std::unique_ptr<Meeting>> meetings;  // with Mix::kCarrier
};

// Who is there, in all rooms together.
struct RoomTotals {
  std::size_t peers = 0;
  std::size_t publishers = 0;
  std::size_t streams = 0;
  std::size_t subscriptions = 0;
  std::size_t subscriptions_per_peer_max = 0;
  double packets_per_second = 0;  // that publishers send, in media time
};
RoomTotals room_totals(const BenchOptions& options);

// Nothing, or why the machine has not the memory for them.
std::optional<std::string> lacks_memory(const InProcessConfig& config);

// Pools for the options' rooms, and for the audio publishers and members who come in addition.
InProcessConfig dataplane_config(const BenchOptions& options);

// What a room's publishers send, and to whom; where it is, is left open. Not for Mix::kCarrier.
PopulationConfig room_config(const BenchOptions& options);

// All rooms, when those before them have made room, over `workers` workers: several to a worker, or
// several workers to one.
Rooms make_rooms(InProcessDataplane& dataplane, const BenchOptions& options, std::size_t workers);

}  // namespace penstock::bench
