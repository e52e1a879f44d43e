#include "dataplane/dpdk/numa_memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>

#include "dataplane/base/check.h"
#include "dataplane/base/round_up.h"

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

// What is large begins at a huge page and ends with one, so that all of it may be huge pages: with
// small ones what a packet touches of each peer costs a walk through page tables that have left the
// caches themselves (docs/adr/0022).
constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

std::size_t mapped_bytes(std::size_t bytes) {
  return bytes < kHugePageBytes ? bytes : round_up(bytes, kHugePageBytes);
}

void* map(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  PENSTOCK_CHECK(memory != MAP_FAILED);
  return memory;
}

void unmap(std::byte* memory, std::size_t bytes) {
  if (bytes != 0) PENSTOCK_CHECK(::munmap(memory, bytes) == 0);
}

void* map_at_huge_page(std::size_t bytes) {
  auto* begin = static_cast<std::byte*>(map(bytes + kHugePageBytes));
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t in_front = round_up(address, kHugePageBytes) - address;
  unmap(begin, in_front);
  unmap(begin + in_front + bytes, kHugePageBytes - in_front);
  // Where the system has none, small ones do.
  static_cast<void>(::madvise(begin + in_front, bytes, MADV_HUGEPAGE));
  return begin + in_front;
}

void* allocate(std::size_t bytes, int numa_node) {
  if (bytes == 0) return nullptr;
  const std::size_t mapped = mapped_bytes(bytes);
  void* memory = mapped < kHugePageBytes ? map(mapped) : map_at_huge_page(mapped);
  prefer_node(memory, mapped, numa_node);  // before the first page is touched
  return memory;
}

void release(void* memory, std::size_t bytes) {
  unmap(static_cast<std::byte*>(memory), mapped_bytes(bytes));
}

}  // namespace

PoolMemory numa_pool_memory(int numa_node) {
  return {.allocate = allocate, .release = release, .numa_node = numa_node};
}

}  // namespace penstock
