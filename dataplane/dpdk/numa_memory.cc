#include "dataplane/dpdk/numa_memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

constexpr std::size_t kNodesMax = 1'024;  // as many as Linux can have
constexpr std::size_t kNodesPerWord = sizeof(unsigned long) * CHAR_BIT;

// Where it is not allowed (some containers) or there is one node only, the pages are as good as
// any.
void prefer_node(void* memory, std::size_t bytes, int numa_node) {
  const auto node = static_cast<std::size_t>(numa_node);
  if (numa_node < 0 || node >= kNodesMax) return;
  std::array<unsigned long, kNodesMax / kNodesPerWord> nodes{};
  nodes[node / kNodesPerWord] = 1UL << (node % kNodesPerWord);
  static_cast<void>(
      ::syscall(SYS_mbind, memory, bytes, MPOL_PREFERRED, nodes.data(), kNodesMax, 0U));
}

void* allocate(std::size_t bytes, int numa_node) {
  if (bytes == 0) return nullptr;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  PENSTOCK_CHECK(memory != MAP_FAILED);
  prefer_node(memory, bytes, numa_node);  // before the first page is touched
  return memory;
}

void release(void* memory, std::size_t bytes) {
  if (bytes != 0) PENSTOCK_CHECK(::munmap(memory, bytes) == 0);
}

}  // namespace

PoolMemory numa_pool_memory(int numa_node) {
  return {.allocate = allocate, .release = release, .numa_node = numa_node};
}

}  // namespace penstock
