#include "dataplane/forward/sequence_bits.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr std::size_t kPackets = 128;
using Bits = SequenceBits<kPackets>;

TEST(SequenceBits, ClearingReachesNoNeighbour) {
  for (std::uint64_t first = 1'000; first < 1'070; ++first) {
    for (std::uint64_t last = first; last < first + 100; ++last) {
      Bits bits;
      for (std::uint64_t sequence = first - 10; sequence < first - 10 + kPackets; ++sequence)
        bits.set(sequence);
      bits.clear(first, last);
      ASSERT_TRUE(bits.has(first - 1));
      ASSERT_FALSE(bits.has(first) || bits.has(last));
      ASSERT_TRUE(bits.has(last + 1));
    }
  }
}

TEST(SequenceBits, WhatIsClearedOverALongWayIsTheWholeWindow) {
  Bits bits;
  for (std::uint64_t sequence = 1'000; sequence < 1'000 + kPackets; ++sequence) bits.set(sequence);
  bits.clear(1'000 + kPackets, 1'000'000);
  EXPECT_EQ(bits.count(1'000'000 - kPackets + 1, 1'000'000), 0U);
}

// A window that moves on by steps of any size.
TEST(SequenceBits, AgreesWithASetOnRandomNumbers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    Bits bits;
    std::set<std::uint64_t> set;
    std::uint64_t newest = prng.below(300);
    const std::uint64_t start = newest;
    for (int i = 0; i < 2'000; ++i) {
      const std::uint64_t next =
          newest + 1 + (prng.chance(1, 10) ? prng.below(200) : prng.below(3));
      bits.clear(newest + 1, next);
      newest = next;
      const std::uint64_t oldest = std::max(start, newest - std::min(newest, kPackets - 1));
      const std::uint64_t chosen = oldest + prng.below(newest - oldest + 1);
      if (prng.chance(2, 3)) {
        bits.set(chosen);
        set.insert(chosen);
      }
      set.erase(set.begin(), set.lower_bound(oldest));
      ASSERT_EQ(bits.has(chosen), set.contains(chosen)) << "seed " << seed;
      ASSERT_EQ(bits.count(chosen, newest),
                static_cast<std::uint64_t>(std::distance(set.lower_bound(chosen), set.end())));

      std::optional<std::uint64_t> expected;
      const std::uint64_t steps = prng.below(kPackets + 10);
      std::uint64_t left = steps;
      for (std::uint64_t sequence = newest + 1;
           sequence-- > newest - std::min(newest, kPackets - 1);) {
        if (set.contains(sequence) || left-- > 0) continue;
        expected = sequence;
        break;
      }
      ASSERT_EQ(bits.find_without(newest, steps), expected) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace penstock
