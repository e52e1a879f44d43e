// Mirrors dataplane/pool/object_pool.h: allocate, resolve, resolve_in_list, unlink, reclaim; for
// the models that need a pool. The object is whatever T is made of, which construct and destroy
// write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/model/explore.h"

namespace penstock::model {

enum class PoolBreak {
  kNothing,
  kAllocateRelaxed,
  kResolveRelaxed,
  kPublishBeforeConstruction,
  kUnlinkKeepsGeneration,
  kReuseKeepsGeneration,
  // Of who uses it, pool_test.cc:
  kTokenBeforeUnlink,
  kReclaimWithoutCheck,
  kReclaimOneTokenEarly,
  kKeepsPointerOverReport,
};

struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // 0: the null handle

  static Handle from_bits(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits >> 32U), static_cast<std::uint32_t>(bits)};
  }
  std::uint64_t bits() const { return (std::uint64_t{index} << 32U) | generation; }
  bool is_null() const { return generation == 0; }
};

// T has `void construct(args...)` and `void destroy()`.
template <typename T, std::size_t kCapacity>
class Pool {
 public:
  template <typename... Args>
  Handle allocate(const Args&... args) {
    for (std::uint32_t index = 0; index < kCapacity; ++index) {
      Slot& slot = slots_[index];
      if (!slot.is_free) continue;
      slot.is_free = false;
      const std::uint32_t before = slot.generation.load(rl::mo_relaxed);
      const std::uint32_t generation = is_broken(PoolBreak::kReuseKeepsGeneration) ? 1 : before + 1;
      const bool is_early = is_broken(PoolBreak::kPublishBeforeConstruction);
      if (!is_early) slot.object.construct(args...);
      slot.generation.store(generation, unless(PoolBreak::kAllocateRelaxed, rl::mo_release));
      if (is_early) slot.object.construct(args...);
      return {index, generation};
    }
    return {};
  }

  T* resolve(Handle handle) {
    if (handle.is_null()) return nullptr;
    Slot& slot = slots_[handle.index];
    return slot.generation.load(unless(PoolBreak::kResolveRelaxed, rl::mo_acquire)) ==
                   handle.generation
               ? &slot.object
               : nullptr;
  }

  T* resolve_in_list(Handle handle) {
    if (handle.is_null()) return nullptr;
    Slot& slot = slots_[handle.index];
    const std::uint32_t generation = slot.generation.load(rl::mo_acquire);
    return generation == handle.generation || generation == handle.generation + 1 ? &slot.object
                                                                                  : nullptr;
  }

  void unlink(Handle handle) {
    if (is_broken(PoolBreak::kUnlinkKeepsGeneration)) return;
    slots_[handle.index].generation.store(handle.generation + 1, rl::mo_release);
  }

  void reclaim(Handle handle) {
    slots_[handle.index].object.destroy();
    slots_[handle.index].is_free = true;
  }

 private:
  struct Slot {
    Atomic<std::uint32_t> generation;
    T object;
    bool is_free = true;  // control thread
  };

  std::array<Slot, kCapacity> slots_;
};

}  // namespace penstock::model
