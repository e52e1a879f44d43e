// Where the slots of a pool lie: one block, taken at start and given back at the end. The server
// gives its pools memory of the port's NUMA node (dpdk/numa_memory.h); everything else uses the
// heap. A value; the functions are called on the control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dataplane/base/check.h"
#include "dataplane/base/round_up.h"

namespace penstock {

struct PoolMemory {
  static constexpr std::size_t kAlignment = 64;  // a cache line

  // `bytes` bytes, all zero, aligned to kAlignment. Ends the process if there are none: this
  // happens at start only.
  void* (*allocate)(std::size_t bytes, int numa_node) = nullptr;
  void (*release)(void* memory, std::size_t bytes) = nullptr;
  int numa_node = -1;  // -1: any

  static PoolMemory heap() { return {.allocate = allocate_on_heap, .release = release_to_heap}; }

 private:
  // calloc() takes large blocks as the system gives them, zero and untouched; it does not align
  // them. What it returned stands in front of the memory.
  static void* allocate_on_heap(std::size_t bytes, int) {
    void* block = std::calloc(1, sizeof(void*) + kAlignment + bytes);
    PENSTOCK_CHECK(block != nullptr);
    const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
    void* memory =
        static_cast<std::byte*>(block) + (round_up(first, kAlignment) - first) + sizeof(void*);
    static_cast<void**>(memory)[-1] = block;
    return memory;
  }
  static void release_to_heap(void* memory, std::size_t) {
    if (memory != nullptr) std::free(static_cast<void**>(memory)[-1]);
  }
};

}  // namespace penstock
