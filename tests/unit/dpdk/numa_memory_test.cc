#include "dataplane/dpdk/numa_memory.h"

#include <gtest/gtest.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/pool/object_pool.h"

namespace penstock {
namespace {

constexpr std::size_t kAllocationBytes = 3 * 4'096 + 100;

// The node that a page, once touched, is on; -1 if the kernel does not say.
int node_of(void* page) {
  int node = -1;
  ::syscall(SYS_get_mempolicy, &node, nullptr, 0, page, MPOL_F_NODE | MPOL_F_ADDR);
  return node;
}

// The policy that the page was given.
int policy_of(void* page) {
  int policy = -1;
  ::syscall(SYS_get_mempolicy, &policy, nullptr, 0, page, MPOL_F_ADDR);
  return policy;
}

TEST(NumaMemoryTest, IsAlignedZeroedAndPreferredOnTheNode) {
  const PoolMemory memory = numa_pool_memory(0);
  void* block = memory.allocate(kAllocationBytes, memory.numa_node);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % PoolMemory::kAlignment, 0U);
  const std::span bytes(static_cast<std::byte*>(block), kAllocationBytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
  bytes.front() = bytes.back() = std::byte{1};
  EXPECT_EQ(policy_of(block), MPOL_PREFERRED);
  EXPECT_EQ(node_of(block), 0);
  memory.release(block, kAllocationBytes);
}

// So that all of it may be huge pages, where the system has them.
TEST(NumaMemoryTest, WhatIsLargeBeginsAndEndsWithAHugePage) {
  constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
  const PoolMemory memory = numa_pool_memory(-1);
  for (const std::size_t bytes : {kHugePageBytes, kHugePageBytes + 1, 5 * kHugePageBytes - 100}) {
    void* block = memory.allocate(bytes, memory.numa_node);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kHugePageBytes, 0U);
    const std::span all(static_cast<std::byte*>(block),
                        (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes);
    all.front() = all.back() = std::byte{1};
    memory.release(block, bytes);
    // Nothing of it is left.
    for (std::byte* page : {&all.front(), &all.back() + 1 - kHugePageBytes}) {
      unsigned char is_resident = 0;
      EXPECT_EQ(::mincore(page, 1, &is_resident), -1);
    }
  }
}

TEST(NumaMemoryTest, NoNodeMeansAny) {
  const PoolMemory memory = numa_pool_memory(-1);
  void* block = memory.allocate(kAllocationBytes, memory.numa_node);
  static_cast<std::byte*>(block)[kAllocationBytes - 1] = std::byte{1};
  EXPECT_EQ(policy_of(block), MPOL_DEFAULT);
  memory.release(block, kAllocationBytes);
}

// A node that is not there: the memory is taken elsewhere.
TEST(NumaMemoryTest, AMissingNodeIsOnlyAPreference) {
  const PoolMemory memory = numa_pool_memory(1'000);
  void* block = memory.allocate(kAllocationBytes, memory.numa_node);
  static_cast<std::byte*>(block)[kAllocationBytes - 1] = std::byte{1};
  memory.release(block, kAllocationBytes);
}

TEST(NumaMemoryTest, APoolLivesThere) {
  ObjectPool<std::uint64_t> pool("numbers", 1'000, numa_pool_memory(0));
  const Handle<std::uint64_t> handle = pool.allocate(7U);
  ASSERT_NE(pool.resolve(handle), nullptr);
  EXPECT_EQ(*pool.resolve(handle), 7U);
  EXPECT_EQ(policy_of(pool.resolve(handle)), MPOL_PREFERRED);
  pool.unlink(handle);
  pool.reclaim(handle);
  EXPECT_EQ(ObjectPool<std::uint64_t>("none", 0, numa_pool_memory(0)).counts().capacity, 0U);
}

}  // namespace
}  // namespace penstock
