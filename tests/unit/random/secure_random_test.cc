#include "controlplane/random/secure_random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace penstock {
namespace {

TEST(OpenSslRandom, FillsTheWholeSpanAndNeverRepeats) {
  OpenSslRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(random.next_u64()).second);

  // Each byte position takes many values: none is left at what it was.
  std::array<std::set<std::uint8_t>, 16> values;
  for (int i = 0; i < 256; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    for (std::size_t j = 0; j < bytes.size(); ++j) values[j].insert(bytes[j]);
  }
  for (const auto& at_position : values) EXPECT_GT(at_position.size(), 100U);
}

TEST(SeededRandom, RepeatsFromTheSameSeedAndDiffersFromAnother) {
  SeededRandom one(7), same(7), other(8);
  const std::uint64_t first = one.next_u64();
  EXPECT_EQ(first, same.next_u64());
  EXPECT_NE(first, other.next_u64());
  EXPECT_NE(first, one.next_u64());
}

}  // namespace
}  // namespace penstock
