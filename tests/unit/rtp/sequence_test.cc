#include "dataplane/rtp/sequence.h"

#include <gtest/gtest.h>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

bool is_newer(std::uint16_t a, std::uint16_t b) { return wrapping_difference(a, b) > 0; }

TEST(Sequence, NewerIsByHalfACircle) {
  EXPECT_TRUE(is_newer(1, 0));
  EXPECT_TRUE(is_newer(0, 65'535));
  EXPECT_TRUE(is_newer(32'767, 0));
  EXPECT_FALSE(is_newer(32'769, 0));
  EXPECT_FALSE(is_newer(5, 5));
  EXPECT_GT(wrapping_difference(10U, 0xFFFFFFF0U), 0);
}

TEST(Sequence, ExactlyOneOfTwoDifferentNumbersIsNewerUnlessHalfACircleApart) {
  for (std::uint32_t distance = 1; distance < 65'536; ++distance) {
    const auto a = static_cast<std::uint16_t>(60'000 + distance);
    const bool forward = is_newer(a, 60'000);
    const bool backward = is_newer(60'000, a);
    EXPECT_EQ(forward || backward, distance != 32'768);
    EXPECT_FALSE(forward && backward);
  }
}

TEST(SequenceUnwrapper, CountsCyclesForward) {
  SequenceUnwrapper unwrapper;
  const std::uint64_t first = unwrapper.unwrap(65'534);
  EXPECT_EQ(unwrapper.unwrap(65'535), first + 1);
  EXPECT_EQ(unwrapper.unwrap(0), first + 2);
  EXPECT_EQ(unwrapper.unwrap(1), first + 3);
}

TEST(SequenceUnwrapper, LatePacketFromBeforeTheWrapIsPlacedBeforeIt) {
  SequenceUnwrapper unwrapper;
  const std::uint64_t first = unwrapper.unwrap(65'535);
  EXPECT_EQ(unwrapper.unwrap(2), first + 3);
  EXPECT_EQ(unwrapper.unwrap(65'534), first - 1);
  EXPECT_EQ(unwrapper.unwrap(3), first + 4);
}

TEST(SequenceUnwrapper, FirstPacketAfterTheWrapMayOvertakeTheOnesBefore) {
  SequenceUnwrapper unwrapper;
  const std::uint64_t first = unwrapper.unwrap(0);
  EXPECT_EQ(unwrapper.unwrap(65'535), first - 1);
  EXPECT_EQ(unwrapper.unwrap(32'769), first - 32'767);
  EXPECT_EQ(unwrapper.newest(), first);
}

TEST(SequenceUnwrapper, LowBitsAreTheNumber) {
  SequenceUnwrapper unwrapper;
  Prng prng(7);
  for (int i = 0; i < 100'000; ++i) {
    const auto number = static_cast<std::uint16_t>(prng.next_u32());
    const std::uint64_t extended = unwrapper.unwrap(number);
    ASSERT_EQ(static_cast<std::uint16_t>(extended), number);
    ASSERT_GT(extended, 0U);
  }
}

TEST(SequenceUnwrapper, FollowsAReorderedStreamOverManyWraps) {
  SequenceUnwrapper unwrapper;
  Prng prng(3);
  std::uint64_t truth = 65'536 + 40'000;
  unwrapper.unwrap(static_cast<std::uint16_t>(truth));
  for (int i = 0; i < 300'000; ++i) {
    truth += 1;
    const std::uint64_t sent = truth - prng.below(500);
    ASSERT_EQ(unwrapper.unwrap(static_cast<std::uint16_t>(sent)), sent);
  }
}

TEST(SequenceUnwrapper, PeekChangesNothing) {
  SequenceUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.peek(5), 65'536U + 5);
  EXPECT_FALSE(unwrapper.started());
  unwrapper.unwrap(5);
  EXPECT_EQ(unwrapper.peek(1'000), 65'536U + 1'000);
  EXPECT_EQ(unwrapper.newest(), 65'536U + 5);
}

TEST(TimestampUnwrapper, Wraps) {
  TimestampUnwrapper unwrapper;
  const std::uint64_t first = unwrapper.unwrap(0xFFFFFF00);
  EXPECT_EQ(unwrapper.unwrap(0x100), first + 0x200);
  EXPECT_EQ(unwrapper.unwrap(0xFFFFFE00), first - 0x100);
}

}  // namespace
}  // namespace penstock
