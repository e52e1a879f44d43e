#include "dataplane/dpdk/qsbr.h"

#include "dataplane/base/check.h"

namespace penstock {

Qsbr::Qsbr(std::size_t worker_count) {
  const auto threads = static_cast<std::uint32_t>(worker_count);
  memory_ = allocate_aligned(rte_rcu_qsbr_get_memsize(threads));
  PENSTOCK_CHECK(rte_rcu_qsbr_init(qsbr(), threads) == 0);
}

void Qsbr::register_worker(WorkerIndex worker) {
  PENSTOCK_CHECK(rte_rcu_qsbr_thread_register(qsbr(), worker) == 0);
}

void Qsbr::unregister_worker(WorkerIndex worker) {
  PENSTOCK_CHECK(rte_rcu_qsbr_thread_unregister(qsbr(), worker) == 0);
}

Qsbr::Token Qsbr::start() { return rte_rcu_qsbr_start(qsbr()); }

bool Qsbr::has_ended(Token token) { return rte_rcu_qsbr_check(qsbr(), token, false) == 1; }

}  // namespace penstock
