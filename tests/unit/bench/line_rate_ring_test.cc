#include "bench/inprocess/line_rate_ring.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

TEST(LineRateRing, AFrameTakesMoreOfTheWireThanItsBytes) {
  EXPECT_EQ(wire_bytes(1'170), 1'194U);
  EXPECT_EQ(wire_bytes(42), 84U);  // padded to the smallest frame
  EXPECT_DOUBLE_EQ(wire_time_ns(1'226, 10), 1'000);
}

TEST(LineRateRing, FramesLeaveOneAfterTheOther) {
  LineRateRing ring(4, 10);
  EXPECT_EQ(ring.next_leaves_at(), kNever);
  EXPECT_EQ(ring.push(1'226, 500), 1'500);
  EXPECT_EQ(ring.push(1'226, 600), 2'500);
  EXPECT_EQ(ring.in_use(1'499), 2U);
  EXPECT_EQ(ring.in_use(ring.next_leaves_at()), 1U);
  EXPECT_EQ(ring.in_use(2'500), 0U);
  EXPECT_EQ(ring.busy(), 2'000);
}

TEST(LineRateRing, TheWireStandsStillWithoutFrames) {
  LineRateRing ring(4, 10);
  ring.push(1'226, 0);
  EXPECT_EQ(ring.push(1'226, 50'000), 51'000);
  EXPECT_EQ(ring.busy(), 2'000);
}

TEST(LineRateRing, TimesOfAFastLinkAreNotRoundedAway) {
  LineRateRing ring(2'000, 100);
  Timestamp last = 0;
  for (int i = 0; i < 1'000; ++i) last = ring.push(1'178, 0);  // 96.16 ns each
  EXPECT_EQ(last, 96'160);
}

TEST(LineRateRing, ADescriptorIsFreeWhenItsFrameHasLeft) {
  LineRateRing ring(2, 10);
  for (Timestamp now = 0; now < 10'000; now += 1'000) {
    EXPECT_LT(ring.in_use(now), 2U);
    ring.push(1'226, now);
  }
}

}  // namespace
}  // namespace penstock::bench
