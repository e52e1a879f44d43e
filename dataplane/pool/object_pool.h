// A fixed number of objects of one type in one block of memory that lives as long as the pool:
// type-stable memory. A slot's generation is odd while its object is live and even otherwise, and
// only grows; resolving a handle is one load and one compare.
//
// Ownership and threads: one thread (the control thread) calls allocate, unlink and reclaim. Any
// thread may call resolve; the pointer it gets is good until that thread next reports a quiescent
// state, because a slot is reclaimed only after a grace period (retire_list.h). Objects are
// constructed once per life, by allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/prefetch.h"
#include "dataplane/base/test_hooks.h"
#include "dataplane/pool/handle.h"
#include "dataplane/pool/pool_audit.h"
#include "dataplane/pool/pool_memory.h"
#include "dataplane/pool/pool_report.h"
#include "dataplane/pool/pool_slot.h"

namespace penstock {

template <typename T>
class ObjectPool {
 public:
  // `name`: a literal, for reports.
  explicit ObjectPool(std::string_view name, std::size_t capacity,
                      PoolMemory memory = PoolMemory::heap())
      : name_(name), capacity_(capacity), memory_(memory) {
    PENSTOCK_CHECK(capacity <= Handle<T>::kIndexMask);
    static_assert(alignof(Slot) == PoolMemory::kAlignment);
    slots_ = static_cast<Slot*>(memory_.allocate(capacity * sizeof(Slot), memory_.numa_node));
    free_.reserve(capacity);
  }
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;
  // The owner has emptied the pool before (pool_audit.h).
  ~ObjectPool() {
    audit_.check_at_end();
    for (std::size_t i = 0; i < made_; ++i) {
      if (slots_[i].is_constructed) slots_[i].object()->~T();
      slots_[i].~Slot();
    }
    memory_.release(slots_, capacity_ * sizeof(Slot));
  }

  std::string_view name() const { return name_; }
  std::size_t capacity() const { return capacity_; }

  // Takes a free slot, constructs T in it and makes it resolvable. The null handle when the pool is
  // full.
  template <typename... Args>
  Handle<T> allocate(Args&&... args) {
    if (free_.empty() && !make_slot()) return {};
    if (test_hooks::fails(test_hooks::FailurePoint::kPoolTake)) return {};
    const std::uint32_t index = free_.back();
    Slot& slot = slots_[index];
    slot.take_into_use();
    ConstructionGuard guard{slot};
    new (slot.storage) T(std::forward<Args>(args)...);
    slot.is_constructed = true;
    free_.pop_back();
    const std::uint64_t generation = slot.generation.load(std::memory_order_relaxed) + 1;
    // Release: a thread that sees the odd generation sees the constructed object.
    slot.generation.store(generation, std::memory_order_release);
    ++live_;
    return Handle<T>(index, generation);
  }

  // The live object, or nullptr if it was unlinked since. Wait-free, any thread.
  T* resolve(Handle<T> handle) const {
    if (handle.is_null() || handle.index() >= capacity_) return nullptr;
    Slot& slot = slots_[handle.index()];
    return slot.generation.load(std::memory_order_acquire) == handle.generation() ? slot.object()
                                                                                  : nullptr;
  }

  // For a handle that a thread has just read from a shared list: the object also if it was unlinked
  // since the thread last reported a quiescent state, so that a reader is not thrown off the list
  // when the element it stands on is taken out. Not for handles that were kept: to those the
  // object of a past life would be shown.
  T* resolve_in_list(Handle<T> handle) const {
    if (handle.is_null() || handle.index() >= capacity_) return nullptr;
    Slot& slot = slots_[handle.index()];
    const std::uint64_t generation = slot.generation.load(std::memory_order_acquire);
    // `generation + 1`: unlinked, and constructed until this thread's grace period is over.
    return generation == handle.generation() || generation == handle.generation() + 1
               ? slot.object()
               : nullptr;
  }

  // Asks for what resolve() reads, and for the first so many bytes of the object. Any thread.
  void prefetch(Handle<T> handle, std::size_t object_bytes) const {
    if (handle.index() >= capacity_) return;
    penstock::prefetch(&slots_[handle.index()], offsetof(Slot, storage) + object_bytes);
  }

  // First step of freeing: from now on the handle resolves to null everywhere. False if it already
  // did. The object stays constructed: threads that resolved it before may still be reading.
  bool unlink(Handle<T> handle) {
    if (resolve(handle) == nullptr) return false;
    if (!test_hooks::is_planted(test_hooks::PlantedBug::kSkipUnlink)) {
      slots_[handle.index()].generation.store(handle.generation() + 1, std::memory_order_release);
    }
    --live_;
    ++retired_;
    test_hooks::tell(test_hooks::PoolEvent::kUnlinked, this, handle.bits());
    return true;
  }

  // The object of an unlinked handle, for whoever tears it down after the grace period; nullptr
  // once reclaimed.
  T* retired(Handle<T> handle) const {
    if (handle.is_null() || handle.index() >= capacity_) return nullptr;
    Slot& slot = slots_[handle.index()];
    return slot.is_constructed &&
                   slot.generation.load(std::memory_order_relaxed) == handle.generation() + 1
               ? slot.object()
               : nullptr;
  }

  // Takes back an object whose handle nobody was given: there is no grace period to wait for.
  void discard(Handle<T> handle) {
    if (!unlink(handle)) return;
    test_hooks::tell(test_hooks::PoolEvent::kDiscarded, this, handle.bits());
    reclaim(handle);
  }

  // Last step, after the grace period: destroys the object, the slot can be used again. Of a handle
  // that is not retired (freed twice, or never unlinked) nothing is touched: that is a bug, which
  // ends a debug build and is counted in a release build.
  void reclaim(Handle<T> handle) {
    T* object = retired(handle);
    PENSTOCK_DCHECK(object != nullptr);
    if (object == nullptr) {
      ++refused_;
      return;
    }
    test_hooks::tell(test_hooks::PoolEvent::kReclaimed, this, handle.bits());
    object->~T();
    Slot& slot = slots_[handle.index()];
    slot.is_constructed = false;
    slot.put_out_of_use();
    plant_stray_writes(slot);
    free_.push_back(handle.index());
    --retired_;
  }

  PoolCounts counts() const {
    return {capacity_, free_.size() + capacity_ - made_, live_, retired_};
  }
  PoolReport report() const { return {name_, counts(), sizeof(Slot)}; }
  // The same, counted slot by slot: a pass over everything, for whoever audits the counts.
  PoolCounts recount() const {
    PoolCounts counts{.capacity = capacity_, .free = capacity_ - made_};
    for (std::size_t i = 0; i < made_; ++i) {
      const Slot& slot = slots_[i];
      const bool is_live = slot.generation.load(std::memory_order_relaxed) % 2 == 1;
      ++(is_live ? counts.live : slot.is_constructed ? counts.retired : counts.free);
    }
    return counts;
  }
  // How often reclaim was called for a handle that was not retired. Anything but 0 is a bug.
  std::size_t refused() const { return refused_; }

 private:
  using Slot = PoolSlot<T>;

  // Memory is touched when it is needed for the first time: by the control thread, before any
  // worker hears of the slot.
  bool make_slot() {
    if (made_ == capacity_) return false;
    new (&slots_[made_]) Slot;
    free_.push_back(static_cast<std::uint32_t>(made_++));
    return true;
  }

  static void plant_stray_writes(Slot& slot) {
    using test_hooks::PlantedBug;
    if (test_hooks::is_planted(PlantedBug::kWriteAfterReclaim)) slot.storage[0] = std::byte{1};
    if (test_hooks::is_planted(PlantedBug::kWritePastTheEnd)) slot.tail_canary ^= 1;
  }

  // A constructor that throws (no memory, in the control plane) leaves the slot free.
  struct ConstructionGuard {
    Slot& slot;
    ~ConstructionGuard() {
      if (!slot.is_constructed) slot.put_out_of_use();
    }
  };

  std::string_view name_;
  std::size_t capacity_;
  PoolMemory memory_;
  Slot* slots_ = nullptr;
  std::size_t made_ = 0;             // the first so many; of the others the memory is zero
  std::vector<std::uint32_t> free_;  // a stack: the slot freed last is the warmest
  std::size_t live_ = 0;
  std::size_t retired_ = 0;
  std::size_t refused_ = 0;
  [[no_unique_address]] AuditedPool audit_{this, [](const void* self) {
                                             const auto* pool =
                                                 static_cast<const ObjectPool*>(self);
                                             return PoolBooks{pool->report(), pool->recount()};
                                           }};
};

}  // namespace penstock
