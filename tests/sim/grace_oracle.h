// Knows by itself when an object may be reclaimed, without grace tokens: between two reports a
// worker may hold what it has found, so every worker that was online when the object was unlinked
// must have finished an iteration since. Watches the pools of one registry; what is reclaimed too
// early is counted. In builds without test hooks it sees nothing. Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "dataplane/base/test_hooks.h"
#include "dataplane/worker/context.h"
#include "tests/sim/sim_platform.h"

namespace penstock::sim {

class GraceOracle {
 public:
  // Both outlive the oracle.
  GraceOracle(const Pools& pools, const SimHost& host);
  ~GraceOracle();
  GraceOracle(const GraceOracle&) = delete;
  GraceOracle& operator=(const GraceOracle&) = delete;

  // Objects that a worker may still have been reading when they were reclaimed.
  std::size_t early_reclaims() const { return early_reclaims_; }
  std::size_t reclaims() const { return reclaims_; }

 private:
  using Object = std::pair<const void*, std::uint64_t>;  // its pool and the bits of its handle
  static constexpr std::uint64_t kOffline = UINT64_MAX;

  static void tell_all(test_hooks::PoolEvent event, const void* pool, std::uint64_t handle_bits);
  void on_event(test_hooks::PoolEvent event, const Object& object);
  bool is_safe(const std::vector<std::uint64_t>& reports_at_unlink) const;

  const SimHost& host_;
  std::vector<const void*> pools_;
  std::map<Object, std::vector<std::uint64_t>> unlinked_;  // the workers' reports at that moment
  std::size_t early_reclaims_ = 0;
  std::size_t reclaims_ = 0;
};

}  // namespace penstock::sim
