#include "dataplane/base/token_bucket.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(TokenBucket, StartsFullAndRefillsAtItsRate) {
  TokenBucket bucket(10, 3);
  constexpr Timestamp kStart = 7 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart + 99 * kMillisecond));
  EXPECT_TRUE(bucket.take(kStart + 100 * kMillisecond));
  EXPECT_FALSE(bucket.take(kStart + 100 * kMillisecond));
}

TEST(TokenBucket, HoldsNoMoreThanItsBurst) {
  TokenBucket bucket(10, 3);
  EXPECT_TRUE(bucket.take(0));
  int taken = 0;
  while (bucket.take(3'600 * kSecond)) ++taken;
  EXPECT_EQ(taken, 3);
}

TEST(TokenBucket, DoesNotLoseFractionsOfAToken) {
  TokenBucket bucket(1'000, 1);
  int taken = 0;
  for (Timestamp now = 0; now < kSecond; now += 100 * kMicrosecond) taken += bucket.take(now);
  EXPECT_EQ(taken, 1'000);
}

TEST(TokenBucket, SaysHowLongItIsUntilThereIsOne) {
  TokenBucket bucket(10, 2);
  EXPECT_EQ(bucket.take_or_wait(kSecond), 0);
  EXPECT_EQ(bucket.take_or_wait(kSecond), 0);
  EXPECT_EQ(bucket.take_or_wait(kSecond), 100 * kMillisecond);
  EXPECT_EQ(bucket.take_or_wait(kSecond + 30 * kMillisecond), 70 * kMillisecond);
  EXPECT_EQ(bucket.take_or_wait(kSecond + 100 * kMillisecond), 0);
}

TEST(TokenBucket, WhatIsGivenBackCanBeTakenAgain) {
  TokenBucket bucket(10, 1);
  EXPECT_TRUE(bucket.take(kSecond));
  EXPECT_FALSE(bucket.take(kSecond));
  bucket.give_back();
  EXPECT_TRUE(bucket.take(kSecond));
  EXPECT_FALSE(bucket.take(kSecond));
}

TEST(TokenBucket, TakesNothingFromAClockThatStepsBack) {
  TokenBucket bucket(10, 1);
  EXPECT_TRUE(bucket.take(kSecond));
  EXPECT_FALSE(bucket.take(0));
  EXPECT_FALSE(bucket.take(kSecond));
  EXPECT_TRUE(bucket.take(kSecond + 100 * kMillisecond));
}

}  // namespace
}  // namespace penstock
