// Where the slots of a pool lie: one block, taken at start and given back at the end. The server
// gives its pools memory of the port's NUMA node (dpdk/numa_memory.h); everything else uses the
// heap. A value; the functions are called on the control thread.
#pragma once

#include <cstddef>
#include <new>

namespace penstock {

struct PoolMemory {
  static constexpr std::size_t kAlignment = 64;  // a cache line

  // `bytes` bytes, zeroed or not, aligned to kAlignment. Ends the process if there are none: this
  // happens at start only.
  void* (*allocate)(std::size_t bytes, int numa_node) = nullptr;
  void (*release)(void* memory, std::size_t bytes) = nullptr;
  int numa_node = -1;  // -1: any

  static PoolMemory heap() {
    return {
        .allocate = [](std::size_t bytes,
                       int) { return ::operator new(bytes, std::align_val_t{kAlignment}); },
        .release = [](void* memory,
                      std::size_t) { ::operator delete(memory, std::align_val_t{kAlignment}); }};
  }
};

}  // namespace penstock
