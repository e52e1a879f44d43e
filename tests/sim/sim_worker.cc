// The one place where the worker is compiled for the simulator.
#include "tests/sim/sim_worker.h"

namespace penstock {

template class Worker<sim::SimPlatform>;

}  // namespace penstock
