// Memory for the pools of objects on the data port's NUMA node, where the workers that read it are
// (docs/operating.md, workers and CPUs). Taken from the kernel directly: the pools live longer than
// EAL and its heap. Control thread, at start and at the end. No rte_* here.
#pragma once

#include "dataplane/pool/pool_memory.h"

namespace penstock {

// Prefers this node and takes another one's memory when it has none left; -1: any, as the kernel
// sees fit.
PoolMemory numa_pool_memory(int numa_node);

}  // namespace penstock
