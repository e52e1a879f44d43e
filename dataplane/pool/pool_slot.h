// The memory of one object of a pool: the object between two canaries, with the generation that
// says whose it is. A free slot of a debug build is filled with a pattern, and hidden from the rest
// of the program where AddressSanitizer is on: both find who uses an object that is gone. Used by
// ObjectPool alone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "dataplane/base/check.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace penstock {

template <typename T>
struct alignas(64) PoolSlot {
  static constexpr std::uint64_t kHeadCanary = 0xC0DE'CAFE'5107'8EAD;
  static constexpr std::uint64_t kTailCanary = 0xC0DE'CAFE'5107'7A11;
  static constexpr std::byte kFreePattern{0xDB};

  PoolSlot() { hide(); }
  ~PoolSlot() { show(); }
  PoolSlot(const PoolSlot&) = delete;
  PoolSlot& operator=(const PoolSlot&) = delete;

  // writer: control thread (release). readers: any thread (acquire).
  std::atomic<std::uint64_t> generation{0};
  bool is_constructed = false;  // control thread only
  std::uint64_t head_canary = kHeadCanary;
  alignas(T) std::byte storage[sizeof(T)];
  std::uint64_t tail_canary = kTailCanary;

  T* object() { return std::launder(reinterpret_cast<T*>(storage)); }

  // Neither neighbour's overflow nor our own has reached the canaries.
  bool is_intact() const { return head_canary == kHeadCanary && tail_canary == kTailCanary; }

  // Before the object is constructed: nobody has written since the last one was destroyed.
  void take_into_use() {
    PENSTOCK_CHECK(is_intact());
    show();
#ifndef NDEBUG
    for (const std::byte byte : storage) PENSTOCK_CHECK(byte == kFreePattern);
#endif
  }

  // After the object was destroyed.
  void put_out_of_use() {
    PENSTOCK_CHECK(is_intact());
    hide();
  }

 private:
  void hide() {
#ifndef NDEBUG
    std::memset(storage, static_cast<int>(kFreePattern), sizeof(storage));
#endif
#ifdef __SANITIZE_ADDRESS__
    ASAN_POISON_MEMORY_REGION(storage, sizeof(storage));
#endif
  }
  void show() {
#ifdef __SANITIZE_ADDRESS__
    ASAN_UNPOISON_MEMORY_REGION(storage, sizeof(storage));
#endif
  }
};

}  // namespace penstock
