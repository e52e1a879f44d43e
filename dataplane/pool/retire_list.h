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
#include "dataplane/base/histogram.h"
#include "dataplane/base/test_hooks.h"
#include "dataplane/base/time.h"
#include "dataplane/pool/object_pool.h"

namespace penstock {

class RetireList {
 public:
  using GraceToken = std::uint64_t;

  explicit RetireList(std::size_t capacity)
      : entries_(std::make_unique<Entry[]>(capacity)), capacity_(capacity) {}

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  // True once half full: creates are refused from here on, so that a stopped worker cannot make the
  // backlog grow past what fits.
  bool is_under_pressure() const { return size_ * 2 >= capacity_; }

  // Unlinks the object now and reclaims it when the grace period of `token`, started after this
  // call or by `start_grace_period` below, has ended. False, and nothing done, for a stale handle.
  // Must have room: the caller refuses creates under pressure and sizes the list for every object
  // there can be. The pool outlives the list's entries.
  template <typename T, typename StartGracePeriod>
  bool retire(ObjectPool<T>& pool, Handle<T> handle, StartGracePeriod&& start_grace_period,
              Timestamp now) {
    using test_hooks::PlantedBug;
    const GraceToken early =
        test_hooks::is_planted(PlantedBug::kTokenBeforeUnlink) ? start_grace_period() : 0;
    if (!pool.unlink(handle)) return false;
    if (test_hooks::is_planted(PlantedBug::kSkipRetire)) return true;
    const Reclaim reclaim = [](void* owner, std::uint64_t bits) {
      static_cast<ObjectPool<T>*>(owner)->reclaim(Handle<T>::from_bits(bits));
    };
    // The token is taken after the unlinking: who reports from here on has not found the object.
    const Entry entry{early != 0 ? early : start_grace_period(), reclaim, &pool, handle.bits(),
                      now};
    push(entry);
    if (test_hooks::is_planted(PlantedBug::kReclaimTwice)) push(entry);
    return true;
  }

  // Reclaims every entry whose grace period has ended, oldest first; at most `count_max` in one
  // call. `grace_ended(token)` must not block. Returns how many were reclaimed.
  template <typename GraceEnded>
  std::size_t reclaim_ready(GraceEnded&& grace_ended, Timestamp now, std::size_t count_max) {
    using test_hooks::PlantedBug;
    std::size_t count = 0;
    while (size_ > 0 && count < count_max) {
      const Entry entry = entries_[first_];
      const GraceToken awaited =
          test_hooks::is_planted(PlantedBug::kReclaimOneEpochEarly) ? entry.token - 1 : entry.token;
      if (!grace_ended(awaited)) break;
      first_ = (first_ + 1) % capacity_;
      --size_;
      ++count;
      waits_.record(now - entry.retired_at);
      entry.reclaim(entry.owner, entry.handle_bits);
    }
    return count;
  }

  // When the oldest waiting object was retired; kNever if none waits, that is, if no grace period
  // is in progress.
  Timestamp oldest() const { return size_ == 0 ? kNever : entries_[first_].retired_at; }
  // How long objects waited from retire to reclaim; its count is the number of objects reclaimed.
  const Histogram& waits() const { return waits_; }

 private:
  using Reclaim = void (*)(void* owner, std::uint64_t handle_bits);

  struct Entry {
    GraceToken token;
    Reclaim reclaim;
    void* owner;
    std::uint64_t handle_bits;
    Timestamp retired_at;
  };

  void push(const Entry& entry) {
    PENSTOCK_CHECK(size_ < capacity_);
    entries_[(first_ + size_) % capacity_] = entry;
    ++size_;
  }

  std::unique_ptr<Entry[]> entries_;
  std::size_t capacity_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  Histogram waits_;
};

}  // namespace penstock
