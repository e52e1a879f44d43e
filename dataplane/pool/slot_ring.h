// Memory for records that are written once, read for a while by any worker, and then overwritten:
// one ring, in which each record stands in one piece behind the one before, the oldest overwritten
// first. Nothing is given back. Who holds the position of a record that is gone finds nothing.
//
// One worker owns the ring and writes. Everybody may find. The owner takes back the oldest part in
// two steps: from the first on nobody finds anything there, and once every worker has reported
// since, it is overwritten (docs/adr/0019). So what was found stays as it is until the finder's
// next report of quiescence, in all but one case: a worker that stands still for as long as it
// takes to write the whole ring is not waited for. Therefore whoever has read something asks at the
// end whether it was there all the time, and until then takes nothing that he has read for granted.
//
// Little memory is used where little is written: when what stands at the ring's beginning is long
// older than anybody wants, writing begins there again, before the end is reached. So that part
// stays in the caches. Who writes several times as much from one moment to the next, overwrites
// what is younger, once.
//
// Memory that nobody needed yet is not touched: each lap ends where that begins, the owner says so,
// and the control thread touches more of it (grow). No page fault waits for the owner.
//
// Made and destroyed on the control thread; outlives the workers.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/round_up.h"
#include "dataplane/base/time.h"
#include "dataplane/pool/pool_memory.h"

namespace penstock {

class SlotRing {
 public:
  static constexpr std::size_t kUnitBytes = 64;  // records begin at multiples of it
  static constexpr std::size_t kBytesMin = 4 * 1'024 * 1'024;

  // Where a record is, in units, counted on for ever. 0: nowhere. Less than 2^48.
  using Position = std::uint64_t;

  // What a ring for `bytes` takes.
  static std::size_t ring_bytes(std::size_t bytes);

  // Room for at least `bytes`. Records older than `age` are of no use to anybody.
  SlotRing(std::size_t bytes, Duration age, const PoolMemory& memory);
  ~SlotRing();
  SlotRing(const SlotRing&) = delete;
  SlotRing& operator=(const SlotRing&) = delete;

  std::size_t bytes() const { return bytes_of(capacity_); }

  // --- The owner
  // A place for a record of at most kBytesMin / 64, at position().
  std::byte* reserve(std::size_t record_bytes) {
    const std::uint64_t units = round_up(record_bytes, kUnitBytes) / kUnitBytes;
    while (true) {
      Position at = head_;
      if ((at & mask()) + units > lap_units_) at = (at | mask()) + 1;
      if (at + units <= end_) [[likely]] {
        position_ = at;
        head_ = at + units;
        return memory_at(at);
      }
      overwrite_without_reports();
    }
  }
  // Of what was reserved last.
  Position position() const { return position_; }
  // Nobody was told of the record at `position` nor of any behind it.
  void take_back(Position position) { head_ = position; }

  // Once per iteration: sees to it that there is room. `Grace` has start_grace_period(), which
  // returns a token, and grace_period_ended(token).
  template <typename Grace>
  void make_room(Timestamp now, Grace& grace) {
    if (next_tail_ != 0) [[unlikely]] {
      if (!grace.grace_period_ended(token_)) return;
      overwrite_what_is_hidden();
    }
    if (room() > slack() && now < next_look_at_) [[likely]]
      return;
    if (hide_what_is_next(now)) token_ = grace.start_grace_period();
  }

  // --- The control thread, now and then
  // Touches more memory if the owner wants it: a little at a time.
  void grow();
  std::size_t touched_bytes() const { return bytes_of(touched_.load(std::memory_order_relaxed)); }

  // --- Any worker
  // The record, or null if it is, or is about to be, overwritten.
  const std::byte* find(Position position) const {
    return position < tail_.load(std::memory_order_acquire) ? nullptr : memory_at(position);
  }
  // Whether what was read of it before this call was it.
  bool was_there(Position position) const {
    std::atomic_thread_fence(std::memory_order_acquire);
    return position >= tail_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t kPartBytesMin = 256 * 1'024;
  static constexpr std::uint64_t kPartsMax = 64;
  static constexpr std::uint64_t kPartsTouched = 4;  // at the beginning, and with each step
  static constexpr Duration kLookInterval = 10 * kMillisecond;

  static std::size_t bytes_of(std::uint64_t units) { return units * kUnitBytes; }
  std::uint64_t mask() const { return capacity_ - 1; }
  Position lap_begin() const { return head_ & ~mask(); }
  Position tail() const { return tail_.load(std::memory_order_relaxed); }
  // What is left of the part after which the next one is hidden, or another lap begins.
  std::uint64_t slack() const { return part_ / 4; }
  bool is_whole() const { return lap_units_ == capacity_; }
  std::uint64_t room() const {
    return (is_whole() ? end_ : std::min(end_, lap_begin() + lap_units_)) - head_;
  }
  std::byte* memory_at(Position position) const { return memory_ + bytes_of(position & mask()); }

  void touch(std::uint64_t units);
  bool hide_what_is_next(Timestamp now);
  void hide_up_to(Position next_tail);
  void overwrite_without_reports();
  void overwrite_what_is_hidden();

  const std::uint64_t capacity_;  // in units, a power of two; each lap begins at a multiple
  const std::uint64_t part_;      // what is hidden at once
  const Duration age_;
  const PoolMemory from_;
  std::byte* memory_ = nullptr;

  // Of the owner.
  std::uint64_t lap_units_;  // of each lap: what was touched
  Position head_;            // where the next record goes, if it fits the lap
  Position end_;             // what is written stays below
  Position position_ = 0;    // of the last record
  Position next_tail_ = 0;   // what is below is hidden, and waits for the workers; 0: nothing
  Position next_lap_ = 0;    // begins then; 0: none does
  std::uint64_t token_ = 0;
  Timestamp next_look_at_ = 0;
  Position marked_lap_ = 0;  // the lap whose first two parts are full, since marked_at_
  Timestamp marked_at_ = 0;

  // From the control thread to the owner, and back.
  std::atomic<std::uint64_t> touched_{0};  // units
  std::atomic<bool> wants_more_{false};

  // Below is nothing. Alone in its line: others read it for each packet.
  alignas(64) std::atomic<Position> tail_;
};

}  // namespace penstock
