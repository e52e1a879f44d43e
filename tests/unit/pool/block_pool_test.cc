#include "dataplane/pool/block_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/pool/fixed_vector.h"

namespace penstock {
namespace {

TEST(BlockPool, GivesEachBlockOnceAndTakesItBack) {
  BlockPool pool(100, 2, PoolMemory::heap());
  std::optional<MemoryBlock> first(std::in_place, pool);
  const auto* at = first->take<std::uint64_t>(4);
  MemoryBlock second(pool);
  EXPECT_NE(second.take<std::uint64_t>(4), at);
  EXPECT_EQ(pool.free(), 0U);
  first.reset();
  EXPECT_EQ(pool.free(), 1U);
  MemoryBlock again(pool);
  EXPECT_EQ(again.take<std::uint64_t>(4), at);
}

TEST(BlockPool, ValuesAreMadeAsWanted) {
  struct Pair {
    int first = 1;
    int second = 2;
  };
  BlockPool pool(MemoryBlock::bytes<Pair>(2), 1, PoolMemory::heap());
  MemoryBlock block(pool);
  const Pair* pairs = block.take<Pair>(2, 5, 6);
  for (const Pair& pair : std::span(pairs, 2)) {
    EXPECT_EQ(pair.first, 5);
    EXPECT_EQ(pair.second, 6);
  }
}

TEST(BlockPool, ABlockThatWasMovedGoesBackOnce) {
  BlockPool pool(64, 1, PoolMemory::heap());
  {
    MemoryBlock block(pool);
    const MemoryBlock moved(std::move(block));
    EXPECT_EQ(pool.free(), 0U);
  }
  EXPECT_EQ(pool.free(), 1U);
}

// The arrays of a block are apart, and start anew in each life of it.
TEST(BlockPool, VectorsShareABlock) {
  constexpr std::size_t kBytes =
      FixedVector<std::uint8_t>::bytes(3) + FixedVector<std::uint64_t>::bytes(2);
  BlockPool pool(kBytes, 1, PoolMemory::heap());
  for (int life = 0; life < 2; ++life) {
    MemoryBlock block(pool);
    FixedVector<std::uint8_t> bytes(3, block);
    FixedVector<std::uint64_t> words(2, block);
    EXPECT_TRUE(bytes.empty());
    while (bytes.push_back(0xFF)) {
    }
    EXPECT_TRUE(words.push_back(7));
    EXPECT_TRUE(words.push_back(8));
    EXPECT_FALSE(words.push_back(9));
    EXPECT_EQ(bytes.size(), 3U);
    EXPECT_EQ(bytes[2], 0xFF);
    EXPECT_EQ(words[0], 7U);
    EXPECT_EQ(words[1], 8U);
  }
}

TEST(BlockPool, AVectorOfNothingTakesNothing) {
  BlockPool pool(64, 1, PoolMemory::heap());
  MemoryBlock block(pool);
  FixedVector<int> vector(0, block);
  EXPECT_FALSE(vector.push_back(1));
}

}  // namespace
}  // namespace penstock
