// Objects that were unlinked and wait for their grace period: a fixed ring of {token, reclaim}, in
// order. Nothing here blocks: `reclaim_ready` asks whether the oldest token's grace period has
// ended and stops at the first that has not. Owned and used by the control thread. What a grace
// period is (rte_rcu_qsbr in the server, a counter in the simulator) is the caller's: tokens are
// numbers that end in the order in which they were started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/base/check.h"
#include "dataplane/base/time.h"

namespace penstock {

class RetireList {
 public:
  using GraceToken = std::uint64_t;
  // Called once, when the grace period is over:
  // `owner->...reclaim(Handle::from_bits(handle_bits))`.
  using Reclaim = void (*)(void* owner, std::uint64_t handle_bits);

  explicit RetireList(std::size_t capacity)
      : entries_(std::make_unique<Entry[]>(capacity)), capacity_(capacity) {}

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  // True once half full: creates are refused from here on, so that a stopped worker cannot make the
  // backlog grow past what fits.
  bool is_under_pressure() const { return size_ * 2 >= capacity_; }

  // Must have room: the caller refuses creates under pressure and sizes the list for every object
  // there can be.
  void push(GraceToken token, Reclaim reclaim, void* owner, std::uint64_t handle_bits,
            Timestamp now) {
    PENSTOCK_CHECK(size_ < capacity_);
    entries_[(first_ + size_) % capacity_] = {token, reclaim, owner, handle_bits, now};
    ++size_;
  }

  // Reclaims every entry whose grace period has ended, oldest first; at most `count_max` in one
  // call. `grace_ended(token)` must not block. Returns how many were reclaimed.
  template <typename GraceEnded>
  std::size_t reclaim_ready(GraceEnded&& grace_ended, Timestamp now, std::size_t count_max) {
    std::size_t count = 0;
    while (size_ > 0 && count < count_max && grace_ended(entries_[first_].token)) {
      const Entry entry = entries_[first_];
      first_ = (first_ + 1) % capacity_;
      --size_;
      ++count;
      longest_wait_ =
          now - entry.retired_at > longest_wait_ ? now - entry.retired_at : longest_wait_;
      entry.reclaim(entry.owner, entry.handle_bits);
    }
    return count;
  }

  // When the oldest waiting object was retired; kNever if none waits.
  Timestamp oldest() const { return size_ == 0 ? kNever : entries_[first_].retired_at; }
  // The longest time any object waited from retire to reclaim.
  Duration longest_wait_ns() const { return longest_wait_; }

 private:
  struct Entry {
    GraceToken token;
    Reclaim reclaim;
    void* owner;
    std::uint64_t handle_bits;
    Timestamp retired_at;
  };

  std::unique_ptr<Entry[]> entries_;
  std::size_t capacity_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  Duration longest_wait_ = 0;
};

}  // namespace penstock
