#include "dataplane/dpdk/qsbr.h"

#include <rte_atomic.h>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

constexpr Qsbr::Token kOffline = 0;  // __RTE_QSBR_CNT_THR_OFFLINE, also before it is registered

}  // namespace

Qsbr::Qsbr(std::size_t worker_count) : worker_count_(worker_count) {
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

// What rte_rcu_qsbr_check does, but that it notes in a plain variable how far all have come, and
// several threads ask here.
bool Qsbr::has_ended(Token token) {
  for (std::size_t worker = 0; worker < worker_count_; ++worker) {
    const Token reported = __atomic_load_n(&qsbr()->qsbr_cnt[worker].cnt, __ATOMIC_ACQUIRE);
    if (reported != kOffline && reported < token) return false;
  }
  return true;
}

}  // namespace penstock
