// Mirrors dataplane/dpdk/qsbr.h over rte_rcu_qsbr of DPDK 22.11 (rte_rcu_qsbr_thread_online,
// _thread_offline, _quiescent and _start), for the models that need grace periods.
#pragma once

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
    for (const Atomic<Token>& counter : counters_) {
      const Token seen = counter.load(unless(QsbrBreak::kCheckRelaxed, rl::mo_acquire));
      if (seen != kOffline && seen < token) return false;
    }
    return true;
  }

 private:
  static constexpr Token kOffline = 0;
  static constexpr Token kFirst = 1;

  Atomic<Token> token_{kFirst};
  std::array<Atomic<Token>, kWorkers> counters_;
};

}  // namespace penstock::model
