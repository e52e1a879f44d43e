// Internal header (includes rte_*). The server's worker: the worker template on DPDK, compiled once
// in dpdk_worker.cc.
#pragma once

#include "dataplane/dpdk/dpdk_platform.h"
#include "dataplane/worker/worker.h"

namespace penstock {

extern template class Worker<DpdkPlatform>;
using DpdkWorker = Worker<DpdkPlatform>;

}  // namespace penstock
