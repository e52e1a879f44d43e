// When a worker stood still: the times between two of its iterations that were longer than any
// iteration of its own can be, because the kernel, or a hypervisor, had given its CPU to someone
// else. Written by the worker, read by one other thread, without locks.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock::bench {

struct Standstill {
  Timestamp from = 0;
  Timestamp until = 0;
};

class StandstillLog {
 public:
  // A worker that has work takes 32 packets an iteration; a hundred times as long is no work.
  static constexpr Duration kShortest = kMillisecond;

  // Worker: an iteration begins.
  void begin_iteration(Timestamp now) {
    if (last_ != 0 && now - last_ > kShortest) add({last_, now});
    last_ = now;
  }

  std::uint64_t count() const { return count_.load(std::memory_order_acquire); }

  // Reader: whether the worker stood still at any time between the two, as far as it remembers.
  bool overlaps(Timestamp from, Timestamp until) const {
    const std::uint64_t count = this->count();
    const std::uint64_t first = count > kRemembered ? count - kRemembered : 0;
    for (std::uint64_t i = count; i > first; --i) {
      const Entry& entry = entries_[(i - 1) % kRemembered];
      const Timestamp ended = entry.until.load(std::memory_order_relaxed);
      if (ended < from) return false;
      if (entry.from.load(std::memory_order_relaxed) <= until) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kRemembered = 256;
  struct Entry {
    std::atomic<Timestamp> from = 0;
    std::atomic<Timestamp> until = 0;
  };

  void add(const Standstill& standstill) {
    const std::uint64_t count = count_.load(std::memory_order_relaxed);
    Entry& entry = entries_[count % kRemembered];
    entry.from.store(standstill.from, std::memory_order_relaxed);
    entry.until.store(standstill.until, std::memory_order_relaxed);
    count_.store(count + 1, std::memory_order_release);
  }

  Timestamp last_ = 0;
  std::atomic<std::uint64_t> count_ = 0;
  std::array<Entry, kRemembered> entries_;
};

}  // namespace penstock::bench
