// The server's own worker code on the simulator's platform.
#pragma once

#include "dataplane/worker/worker.h"
#include "tests/sim/sim_platform.h"

namespace penstock {

extern template class Worker<sim::SimPlatform>;

namespace sim {
using SimWorker = Worker<SimPlatform>;
}  // namespace sim

}  // namespace penstock
