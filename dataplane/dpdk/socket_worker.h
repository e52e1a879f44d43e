// Internal header (includes rte_*). The worker of a server over the kernel's sockets: the worker
// template on SocketPlatform, compiled once in socket_worker.cc.
#pragma once

#include "dataplane/dpdk/socket_platform.h"
#include "dataplane/worker/worker.h"

namespace penstock {

extern template class Worker<SocketPlatform>;

}  // namespace penstock
