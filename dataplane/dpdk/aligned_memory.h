// Cache-line aligned, zeroed memory from the heap, for DPDK structures that are laid out by size
// and need no EAL (rings, QSBR).
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace penstock {

inline constexpr std::size_t kCacheLineBytes = 64;

struct AlignedMemoryDelete {
  void operator()(void* memory) const {
    ::operator delete(memory, std::align_val_t{kCacheLineBytes});
  }
};
using AlignedMemory = std::unique_ptr<void, AlignedMemoryDelete>;

inline AlignedMemory allocate_aligned(std::size_t bytes) {
  AlignedMemory memory(::operator new(bytes, std::align_val_t{kCacheLineBytes}));
  std::memset(memory.get(), 0, bytes);
  return memory;
}

}  // namespace penstock
