#include "dataplane/dpdk/dpdk_worker.h"

namespace penstock {

template class Worker<DpdkPlatform>;

}  // namespace penstock
