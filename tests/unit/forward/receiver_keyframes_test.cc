#include "dataplane/forward/receiver_keyframes.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kRoundTrip = 50 * kMillisecond;

TEST(ReceiverKeyframes, ARequestPassesOncePerRoundTripAndALittleMore) {
  ReceiverKeyframes keyframes;
  EXPECT_TRUE(keyframes.request(kSecond, kRoundTrip, 1));
  EXPECT_FALSE(keyframes.request(kSecond + 59 * kMillisecond, kRoundTrip, 1));
  EXPECT_TRUE(keyframes.request(kSecond + 60 * kMillisecond, kRoundTrip, 1));
}

TEST(ReceiverKeyframes, WithoutARoundTripOrWithALongOneItIsTwoHundredMilliseconds) {
  for (const Duration round_trip : {Duration{0}, 2 * kSecond}) {
    ReceiverKeyframes keyframes;
    EXPECT_TRUE(keyframes.request(kSecond, round_trip, 1));
    EXPECT_FALSE(keyframes.request(kSecond + 199 * kMillisecond, round_trip, 1));
    EXPECT_TRUE(keyframes.request(kSecond + 200 * kMillisecond, round_trip, 1));
  }
}

TEST(ReceiverKeyframes, ThreePassInTenSeconds) {
  ReceiverKeyframes keyframes;
  std::size_t passed = 0;
  for (Timestamp now = 0; now < 30 * kSecond; now += 100 * kMillisecond)
    passed += keyframes.request(now, kRoundTrip, 1) ? 1U : 0U;
  EXPECT_EQ(passed, 9U);
}

TEST(ReceiverKeyframes, WhatWasSentBeforeARequestIsOfNoUse) {
  ReceiverKeyframes keyframes;
  EXPECT_TRUE(keyframes.is_useful(0));
  keyframes.on_keyframe_sent(100, kSecond);
  EXPECT_TRUE(keyframes.is_useful(99)) << "it may still play what is before the keyframe";
  ASSERT_TRUE(keyframes.request(9 * kSecond, kRoundTrip, 500));
  EXPECT_FALSE(keyframes.is_useful(500));
  EXPECT_TRUE(keyframes.is_useful(501));
}

TEST(ReceiverKeyframes, AKeyframeThatARequestHasCrossedIsOfUse) {
  ReceiverKeyframes keyframes;
  keyframes.on_keyframe_sent(400, kSecond);
  ASSERT_TRUE(keyframes.request(kSecond + 40 * kMillisecond, kRoundTrip, 500));
  EXPECT_FALSE(keyframes.is_useful(399));
  EXPECT_TRUE(keyframes.is_useful(400));
}

TEST(ReceiverKeyframes, ARequestThatIsNotPassedOnGivesNothingUp) {
  ReceiverKeyframes keyframes;
  ASSERT_TRUE(keyframes.request(kSecond, kRoundTrip, 500));
  ASSERT_FALSE(keyframes.request(kSecond + kMillisecond, kRoundTrip, 600));
  EXPECT_TRUE(keyframes.is_useful(550));
}

}  // namespace
}  // namespace penstock
