// A fixed number of objects of one type in one allocation that lives as long as the pool:
// type-stable memory. A slot's generation is odd while its object is live and even otherwise, and
// only grows; resolving a handle is one load and one compare.
//
// Ownership and threads: one thread (the control thread) calls allocate, unlink and reclaim. Any
// thread may call resolve; the pointer it gets is good until that thread next reports a quiescent
// state, because a slot is reclaimed only after a grace period (retire_list.h). Objects are
// constructed once per life, by allocate.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/pool/handle.h"

namespace penstock {

struct PoolCounts {
  std::size_t capacity = 0;
  std::size_t free = 0;
  std::size_t live = 0;
  std::size_t retired = 0;

  bool is_conserved() const { return free + live + retired == capacity; }
};

template <typename T>
class ObjectPool {
 public:
  explicit ObjectPool(std::size_t capacity)
      : slots_(std::make_unique<Slot[]>(capacity)), capacity_(capacity) {
    PENSTOCK_CHECK(capacity <= Handle<T>::kIndexMask);
    free_.reserve(capacity);
    for (std::size_t i = capacity; i > 0; --i) free_.push_back(static_cast<std::uint32_t>(i - 1));
  }
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;
  ~ObjectPool() {
    for (std::size_t i = 0; i < capacity_; ++i) {
      if (slots_[i].constructed) slots_[i].object()->~T();
    }
  }

  // Takes a free slot, constructs T in it and makes it resolvable. The null handle when the pool is
  // full.
  template <typename... Args>
  Handle<T> allocate(Args&&... args) {
    if (free_.empty()) return {};
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    new (slot.storage) T(std::forward<Args>(args)...);
    slot.constructed = true;
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

  // First step of freeing: from now on the handle resolves to null everywhere. False if it already
  // did. The object stays constructed: threads that resolved it before may still be reading.
  bool unlink(Handle<T> handle) {
    if (resolve(handle) == nullptr) return false;
    slots_[handle.index()].generation.store(handle.generation() + 1, std::memory_order_release);
    --live_;
    ++retired_;
    return true;
  }

  // The object of an unlinked handle, for whoever tears it down after the grace period; nullptr
  // once reclaimed.
  T* retired(Handle<T> handle) const {
    Slot& slot = slots_[handle.index()];
    return slot.constructed &&
                   slot.generation.load(std::memory_order_relaxed) == handle.generation() + 1
               ? slot.object()
               : nullptr;
  }

  // Last step, after the grace period: destroys the object, the slot can be used again.
  void reclaim(Handle<T> handle) {
    T* object = retired(handle);
    PENSTOCK_CHECK(object != nullptr);
    object->~T();
    slots_[handle.index()].constructed = false;
    free_.push_back(handle.index());
    --retired_;
  }

  PoolCounts counts() const { return {capacity_, free_.size(), live_, retired_}; }

 private:
  struct alignas(64) Slot {
    // writer: control thread (release). readers: any thread (acquire).
    std::atomic<std::uint64_t> generation{0};
    bool constructed = false;  // control thread only
    alignas(T) std::byte storage[sizeof(T)];

    T* object() { return std::launder(reinterpret_cast<T*>(storage)); }
  };

  std::unique_ptr<Slot[]> slots_;
  std::size_t capacity_;
  std::vector<std::uint32_t> free_;  // a stack: the slot freed last is the warmest
  std::size_t live_ = 0;
  std::size_t retired_ = 0;
};

}  // namespace penstock
