// The data plane and the rooms that penstock-bench measures.
#pragma once

#include <memory>
#include <vector>

#include "bench/inprocess/population.h"
#include "bench/pipeline/options.h"

namespace penstock::bench {

using Rooms = std::vector<std::unique_ptr<Population>>;

// Pools for the options' rooms, and for the audio publishers and members who come in addition.
InProcessConfig dataplane_config(const BenchOptions& options);

// What a room's publishers send, and to whom; where it is, is left open.
PopulationConfig room_config(const BenchOptions& options);

// All rooms, over `workers` workers: several to a worker, or several workers to one.
Rooms make_rooms(InProcessDataplane& dataplane, const BenchOptions& options, std::size_t workers);

}  // namespace penstock::bench
