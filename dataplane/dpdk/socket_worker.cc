#include "dataplane/dpdk/socket_worker.h"

namespace penstock {

template class Worker<SocketPlatform>;

}  // namespace penstock
