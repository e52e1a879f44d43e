// Where a worker's time goes: the ticks of the CPU's time-stamp counter between one stage and the
// next. Steps that took longer than any can are times in which the CPU was somebody else's: they
// are left out. Written by the worker's thread, read by any.
#pragma once

#include <x86intrin.h>

#include <array>
#include <cstdint>

#include "dataplane/api/stats.h"
#include "dataplane/worker/stage.h"

namespace penstock::bench {

class StageClock {
 public:
  // A step is at most a batch of 64 packets: some 20 us.
  static constexpr std::uint64_t kStepTicksMax = 100'000;

  void enter(Stage stage) { enter_slot(static_cast<std::size_t>(stage)); }
  // Within Stage::kControl: a quiescent state is reported.
  void enter_quiescent() { enter_slot(kQuiescent); }

  // Not while a quiescent state is reported.
  Stage current() const { return static_cast<Stage>(slot_); }
  // Without what is in quiescent_ticks().
  std::uint64_t ticks(Stage stage) const { return ticks_[static_cast<std::size_t>(stage)].get(); }
  std::uint64_t quiescent_ticks() const { return ticks_[kQuiescent].get(); }

 private:
  static constexpr std::size_t kQuiescent = kStageCount;

  void enter_slot(std::size_t slot) {
    const std::uint64_t now = __rdtsc();
    const std::uint64_t ticks = now - since_;
    if (ticks <= kStepTicksMax) ticks_[slot_].add(ticks);
    since_ = now;
    slot_ = slot;
  }

  std::uint64_t since_ = __rdtsc();
  std::size_t slot_ = static_cast<std::size_t>(Stage::kOutside);
  std::array<Counter, kStageCount + 1> ticks_;
};

}  // namespace penstock::bench
