#include "dataplane/forward/number_line.h"

#include <gtest/gtest.h>

#include <set>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

using Line = NumberLine<1'024>;

TEST(NumberLine, NumbersAreTheSourcesWhileNothingIsLeftOut) {
  const Line line;
  EXPECT_EQ(line.number_of(0), 0U);
  EXPECT_EQ(line.number_of(70'000), 70'000U);
}

TEST(NumberLine, TheNextPacketGetsTheNumberOfWhatWasLeftOut) {
  Line line;
  line.leave_out(10);
  EXPECT_EQ(line.number_of(9), 9U);
  EXPECT_EQ(line.number_of(11), 10U);
  line.leave_out(12);
  line.leave_out(13);
  EXPECT_EQ(line.number_of(14), 11U);
  EXPECT_EQ(line.number_of(11), 10U) << "a late packet's number stays what it was";
  EXPECT_EQ(line.number_of(8), 8U);
}

TEST(NumberLine, ALongWayBehindTheLastOneLateNumbersAreStillRight) {
  Line line;
  for (std::uint64_t sequence = 1'000; sequence < 2'000; sequence += 2) line.leave_out(sequence);
  EXPECT_EQ(line.number_of(2'001), 1'501U);
  EXPECT_EQ(line.number_of(1'003), 1'001U);
  line.leave_out(1'000'000);
  EXPECT_EQ(line.number_of(1'000'001), 999'500U);
  EXPECT_EQ(line.number_of(999'999), 999'499U) << "what the window forgot is not counted again";
}

TEST(NumberLine, TheWayBackGoesAroundWhatWasLeftOut) {
  Line line;
  EXPECT_EQ(line.sequence_of(70'000), 70'000U);
  for (const std::uint64_t sequence : {10U, 12U, 13U}) line.leave_out(sequence);
  EXPECT_EQ(line.sequence_of(9), 9U);
  EXPECT_EQ(line.sequence_of(10), 11U);
  EXPECT_EQ(line.sequence_of(11), 14U);
  EXPECT_EQ(line.sequence_of(5'000), 5'003U);
  EXPECT_TRUE(line.is_left_out(12));
  EXPECT_FALSE(line.is_left_out(11));
  EXPECT_FALSE(line.is_left_out(12 + 1'024)) << "has the place of 12";
}

TEST(NumberLine, TheWayBackEndsWithTheWindow) {
  Line line;
  for (std::uint64_t sequence = 5'000; sequence < 6'000; ++sequence) line.leave_out(sequence);
  EXPECT_EQ(line.sequence_of(5'000), 6'000U);
  EXPECT_EQ(line.sequence_of(4'999), 4'999U);
  EXPECT_EQ(line.sequence_of(4'999 - 23), 4'976U);
  EXPECT_FALSE(line.sequence_of(4'999 - 24).has_value());
}

// Whatever is left out, and in whatever order the others come: no two get the same number, none is
// skipped, and their order is the source's. And each number leads back.
TEST(NumberLine, AgreesWithCountingOnRandomStreams) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Prng prng(seed);
    Line line;
    std::set<std::uint64_t> left_out;
    std::uint64_t newest = 5'000;
    for (int i = 0; i < 3'000; ++i) {
      newest += 1 + (prng.chance(1, 20) ? prng.below(5) : 0);
      if (prng.chance(1, 3)) {
        line.leave_out(newest);
        left_out.insert(newest);
        continue;
      }
      for (const std::uint64_t back : {std::uint64_t{0}, std::uint64_t{prng.below(1'000)}}) {
        const std::uint64_t sequence = newest - back;
        if (left_out.contains(sequence)) continue;
        const auto before = static_cast<std::uint64_t>(
            std::distance(left_out.begin(), left_out.lower_bound(sequence)));
        ASSERT_EQ(line.number_of(sequence), sequence - before) << "seed " << seed;
        ASSERT_EQ(line.sequence_of(sequence - before), sequence) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace penstock
