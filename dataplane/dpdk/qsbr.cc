#include "dataplane/dpdk/qsbr.h"

#include <rte_atomic.h>

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

Qsbr::Token Qsbr::start() {
  const Token token = rte_rcu_qsbr_start(qsbr());
  // Pairs with the fence in rte_rcu_qsbr_thread_online: either has_ended sees that a worker has
  // come online, or that worker sees what was unlinked. DPDK leaves it to the addition before,
  // which is a full barrier on x86 but only a release in its own words (tests/model/qsbr_test.cc).
  rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
  return token;
}

bool Qsbr::has_ended(Token token) { return rte_rcu_qsbr_check(qsbr(), token, false) == 1; }

}  // namespace penstock
