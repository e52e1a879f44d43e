#include "dataplane/pool/slot_ring.h"

#include <algorithm>
#include <bit>

namespace penstock {
namespace {

// A reader may look a little behind a record.
constexpr std::size_t kBehindBytes = SlotRing::kUnitBytes;
constexpr std::size_t kPageBytes = 4'096;

}  // namespace

std::size_t SlotRing::ring_bytes(std::size_t bytes) {
  return std::bit_ceil(std::max(bytes, kBytesMin));
}

SlotRing::SlotRing(std::size_t bytes, Duration age, const PoolMemory& memory)
    : capacity_(ring_bytes(bytes) / kUnitBytes),
      part_(std::max(capacity_ / kPartsMax, kPartBytesMin / kUnitBytes)),
      age_(age),
      from_(memory),
      memory_(static_cast<std::byte*>(
          memory.allocate(ring_bytes(bytes) + kBehindBytes, memory.numa_node))),
      lap_units_(std::min(capacity_, std::max(kPartsTouched * part_, kBytesMin / kUnitBytes))),
      head_(capacity_),
      end_(2 * capacity_),
      tail_(capacity_) {
  touch(lap_units_);
}

SlotRing::~SlotRing() { from_.release(memory_, bytes() + kBehindBytes); }

// Up to so many units, and what is read behind them. A page is there as soon as it was written to.
void SlotRing::touch(std::uint64_t units) {
  const std::uint64_t touched = touched_.load(std::memory_order_relaxed);
  const std::size_t end = bytes_of(units) + kBehindBytes;
  for (std::size_t at = touched == 0 ? 0 : bytes_of(touched) + kPageBytes; at < end;
       at += kPageBytes) {
    static_cast<volatile std::byte*>(memory_)[at] = std::byte{0};
  }
  touched_.store(units, std::memory_order_release);
}

void SlotRing::grow() {
  if (!wants_more_.load(std::memory_order_relaxed)) return;
  wants_more_.store(false, std::memory_order_relaxed);
  const std::uint64_t touched = touched_.load(std::memory_order_relaxed);
  if (touched < capacity_) touch(std::min(capacity_, touched + kPartsTouched * part_));
}

// The next part, or the beginning of the ring, if there is need to. False if there is none.
bool SlotRing::hide_what_is_next(Timestamp now) {
  next_look_at_ = now + kLookInterval;
  lap_units_ = touched_.load(std::memory_order_acquire);
  const std::uint64_t in_lap = head_ & mask();
  if (in_lap >= 2 * part_ && marked_lap_ != lap_begin()) {
    marked_lap_ = lap_begin();
    marked_at_ = now;
  }
  if (end_ - head_ <= slack()) {
    hide_up_to(tail() + part_);
    return true;
  }
  const Position beginning = lap_begin() + 2 * part_;
  if (in_lap < 2 * part_ || beginning <= tail()) return false;
  const bool is_at_limit = !is_whole() && in_lap + slack() >= lap_units_;
  if (is_at_limit) wants_more_.store(true, std::memory_order_relaxed);
  if (!is_at_limit && now - marked_at_ <= 2 * age_) return false;
  next_lap_ = lap_begin() + capacity_;
  hide_up_to(beginning);
  return true;
}

void SlotRing::hide_up_to(Position next_tail) {
  next_tail_ = next_tail;
  tail_.store(next_tail, std::memory_order_release);
}

void SlotRing::overwrite_without_reports() {
  if (next_tail_ == 0) hide_up_to(tail() + part_);
  // Who reads something of what is written now, sees that it is not there (was_there).
  std::atomic_thread_fence(std::memory_order_release);
  overwrite_what_is_hidden();
}

void SlotRing::overwrite_what_is_hidden() {
  // The head may have come there by itself meanwhile.
  head_ = std::max(head_, next_lap_);
  end_ = next_tail_ + capacity_;
  next_tail_ = next_lap_ = 0;
}

}  // namespace penstock
