// Mirrors dataplane/dpdk/doorbell.h (declare_asleep, declare_awake, ring_if_asleep) as
// controlplane/server/event_loop.cc (run, wait_for_doorbell) and dataplane/dpdk/dpdk_platform.h
// (send_event, report_quiescent) use it. The timer that bounds a sleep is left out. Rings are
// counters of what was pushed, stored and loaded as dataplane/dpdk/ring.h does. The eventfd is a
// counter which orders nothing: its read and write may not be what saves us.
//
// What is checked: the control thread does not sleep for ever while there is something for it, and
// a declaration is answered by one ring at most.
#include <array>

#include "tests/model/explore.h"

namespace penstock::model {
namespace {

enum class DoorbellBreak {
  kNothing,
  kDeclareStores,
  kDeclareRelaxed,
  kRingLoadsThenStores,
  kRingLoadsFirst,
  kRingRelaxed,
  kLooksBeforeDeclaring,
  kRingsBeforePushing,
  kDoesNotLookAgain,
};

class Doorbell {
 public:
  void declare_asleep() {
    ++declarations;
    if (is_broken(DoorbellBreak::kDeclareStores)) {
      is_asleep_.store(true, rl::mo_release);
    } else {
      is_asleep_.exchange(true, unless(DoorbellBreak::kDeclareRelaxed, rl::mo_acq_rel));
    }
  }

  void declare_awake() {
    is_asleep_.exchange(false, rl::mo_acq_rel);
    fd_.exchange(0, rl::mo_relaxed);
  }

  void ring_if_asleep() {
    if (is_broken(DoorbellBreak::kRingLoadsThenStores)) {
      if (!is_asleep_.load(rl::mo_acquire)) return;
      is_asleep_.store(false, rl::mo_release);
      return ring();
    }
    if (is_broken(DoorbellBreak::kRingLoadsFirst) && !is_asleep_.load(rl::mo_acquire)) return;
    if (is_asleep_.exchange(false, unless(DoorbellBreak::kRingRelaxed, rl::mo_acq_rel))) ring();
  }

  // run_one: until fd() is readable.
  void wait() {
    while (fd_.fetch_add(0, rl::mo_relaxed) == 0) fd_.park();
  }

  unsigned declarations = 0;  // not of the model, with what follows
  unsigned rings = 0;

 private:
  void ring() {
    ++rings;
    require(rings <= declarations, "one declaration, one ring at most");
    fd_.fetch_add(1, rl::mo_relaxed);
    fd_.wake();
  }

  Atomic<std::uint32_t> is_asleep_;
  Atomic<std::uint32_t> fd_;
};

struct DoorbellModel : rl::test_suite<DoorbellModel, 3> {
  static constexpr std::size_t kWorkers = 2;
  static constexpr std::uint32_t kEvents = 2;  // of each worker

  void thread(unsigned index) { index == kWorkers ? control() : work(index); }

  void work(unsigned worker) {
    for (std::uint32_t event = 1; event <= kEvents; ++event) {
      if (is_broken(DoorbellBreak::kRingsBeforePushing)) doorbell.ring_if_asleep();
      pushed[worker].store(event, rl::mo_release);
      if (!is_broken(DoorbellBreak::kRingsBeforePushing)) doorbell.ring_if_asleep();
    }
  }

  // Registry::poll: how much it took out of the rings.
  std::uint32_t take() {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < kWorkers; ++i) {
      const std::uint32_t tail = pushed[i].load(rl::mo_acquire);
      count += tail - taken[i];
      taken[i] = tail;
    }
    return count;
  }

  void control() {
    std::uint32_t missing = kWorkers * kEvents;
    unsigned waits = 0;
    while (missing != 0) {
      std::uint32_t count = 0;
      if (is_broken(DoorbellBreak::kLooksBeforeDeclaring)) {
        count = take();
        doorbell.declare_asleep();
      } else {
        doorbell.declare_asleep();
        count = is_broken(DoorbellBreak::kDoesNotLookAgain) && waits == 0 ? 0 : take();
      }
      missing -= count;
      if (missing == 0) break;
      if (count == 0) {
        doorbell.wait();
        ++waits;
      }
      doorbell.declare_awake();
    }
    if (waits > 1) witness();
  }

  Doorbell doorbell;
  std::array<Atomic<std::uint32_t>, kWorkers> pushed;
  std::array<std::uint32_t, kWorkers> taken{};  // control thread
};

TEST(Model, Doorbell) {
  Exploration<DoorbellModel, DoorbellBreak> doorbell("doorbell");
  doorbell.verify();
  doorbell.kill(DoorbellBreak::kDeclareStores, "the control thread stores instead of exchanging");
  doorbell.kill(DoorbellBreak::kDeclareRelaxed, "the control thread exchanges relaxed");
  doorbell.kill(DoorbellBreak::kRingLoadsThenStores, "a worker loads, then stores");
  doorbell.kill(DoorbellBreak::kRingLoadsFirst, "a worker exchanges only if it has read true");
  doorbell.kill(DoorbellBreak::kRingRelaxed, "a worker exchanges relaxed");
  doorbell.kill(DoorbellBreak::kLooksBeforeDeclaring, "the rings are looked at too early");
  doorbell.kill(DoorbellBreak::kRingsBeforePushing, "a worker rings before it pushes");
  doorbell.kill(DoorbellBreak::kDoesNotLookAgain, "the first sleep does not look at the rings");
}

}  // namespace
}  // namespace penstock::model
