#include "tests/sim/grace_oracle.h"

#include <algorithm>

namespace penstock::sim {
namespace {

// All oracles there are: simulations may overlap.
std::vector<GraceOracle*>& oracles() {
  static std::vector<GraceOracle*> all;
  return all;
}

}  // namespace

GraceOracle::GraceOracle(const Pools& pools, const SimHost& host)
    : host_(host), pools_{&pools.transports, &pools.streams, &pools.subscriptions, &pools.fan_out} {
  oracles().push_back(this);
#ifdef PENSTOCK_TEST_HOOKS
  test_hooks::state().watch = &GraceOracle::tell_all;
#endif
}

GraceOracle::~GraceOracle() { std::erase(oracles(), this); }

void GraceOracle::tell_all(test_hooks::PoolEvent event, const void* pool,
                           std::uint64_t handle_bits) {
  for (GraceOracle* oracle : oracles()) {
    if (std::ranges::find(oracle->pools_, pool) != oracle->pools_.end()) {
      oracle->on_event(event, {pool, handle_bits});
    }
  }
}

void GraceOracle::on_event(test_hooks::PoolEvent event, const Object& object) {
  using test_hooks::PoolEvent;
  if (event == PoolEvent::kUnlinked) {
    std::vector<std::uint64_t>& reports = unlinked_[object];
    for (std::size_t i = 0; i < host_.worker_count(); ++i) {
      const auto worker = static_cast<WorkerIndex>(i);
      reports.push_back(host_.is_online(worker) ? host_.reports(worker) : kOffline);
    }
    return;
  }
  const auto found = unlinked_.find(object);
  if (found == unlinked_.end()) return;  // it was discarded
  if (event == PoolEvent::kReclaimed) {
    ++reclaims_;
    if (!is_safe(found->second)) ++early_reclaims_;
  }
  unlinked_.erase(found);
}

bool GraceOracle::is_safe(const std::vector<std::uint64_t>& reports_at_unlink) const {
  for (std::size_t i = 0; i < reports_at_unlink.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const bool could_read = reports_at_unlink[i] != kOffline && host_.is_online(worker);
    if (could_read && host_.reports(worker) == reports_at_unlink[i]) return false;
  }
  return true;
}

}  // namespace penstock::sim
