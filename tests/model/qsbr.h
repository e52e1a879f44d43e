// Mirrors dataplane/dpdk/qsbr.h over rte_rcu_qsbr of DPDK 22.11 (rte_rcu_qsbr_thread_register,
// _thread_online, _thread_offline, _quiescent, _start and _check without waiting, all workers being
// registered before the first of them runs, as in dataplane/dpdk/worker_threads.cc), for the models
// that need grace periods.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/model/explore.h"

namespace penstock::model {

enum class QsbrBreak {
  kNothing,
  kNoFenceInStart,
  kNoFenceOnline,
  kTokenAddRelaxed,
  kTokenLoadRelaxed,
  kReportRelaxed,
  kOfflineRelaxed,
  kCheckRelaxed,
  kNotRegistered,
  // Of who uses it, qsbr_test.cc:
  kTokenBeforeUnlink,
  kReclaimWithoutCheck,
  kReclaimOneTokenEarly,
  kReportBeforeLastUse,
  kResolveBeforeOnline,
  kStaysOfflineAfterSleep,
};

template <std::size_t kWorkers>
class Qsbr {
 public:
  using Token = std::uint64_t;

  void register_worker(std::size_t worker) {
    is_registered_[worker] = worker == 0 || !is_broken(QsbrBreak::kNotRegistered);
  }

  void go_online(std::size_t worker) {
    const Token token = token_.load(rl::mo_relaxed);
    counters_[worker].store(token, rl::mo_relaxed);
    if (!is_broken(QsbrBreak::kNoFenceOnline)) full_fence();
  }
  void go_offline(std::size_t worker) {
    counters_[worker].store(kOffline, unless(QsbrBreak::kOfflineRelaxed, rl::mo_release));
  }
  void report_quiescent(std::size_t worker) {
    const Token token = token_.load(unless(QsbrBreak::kTokenLoadRelaxed, rl::mo_acquire));
    if (token != counters_[worker].load(rl::mo_relaxed)) {
      counters_[worker].store(token, unless(QsbrBreak::kReportRelaxed, rl::mo_release));
    }
  }

  Token start() {
    const Token token =
        token_.fetch_add(1, unless(QsbrBreak::kTokenAddRelaxed, rl::mo_release)) + 1;
    if (!is_broken(QsbrBreak::kNoFenceInStart)) full_fence();
    return token;
  }

  bool has_ended(Token token) {
    if (token <= acked_.get()) return true;
    Token least = kAll;
    for (std::size_t worker = 0; worker < kWorkers; ++worker) {
      if (!is_registered_[worker]) continue;
      const Token seen = counters_[worker].load(unless(QsbrBreak::kCheckRelaxed, rl::mo_acquire));
      if (seen == kOffline) continue;
      if (seen < token) return false;
      least = std::min(least, seen);
    }
    if (least != kAll) acked_.set(least);
    return true;
  }

 private:
  static constexpr Token kOffline = 0;
  static constexpr Token kFirst = 1;
  static constexpr Token kAll = ~Token{0};

  Atomic<Token> token_{kFirst};
  std::array<Atomic<Token>, kWorkers> counters_;
  std::array<bool, kWorkers> is_registered_{};  // before the threads start
  Plain<Token> acked_{kFirst - 1};              // control thread
};

}  // namespace penstock::model
