#include "controlplane/dtls/handshake_limiter.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

int admitted_of(HandshakeLimiter& limiter, Timestamp now, int requests) {
  int admitted = 0;
  for (int i = 0; i < requests; ++i) admitted += limiter.admit(now) ? 1 : 0;
  return admitted;
}

TEST(HandshakeLimiter, ThereIsABurstAndThenTheRate) {
  HandshakeLimiter limiter({.per_second = 200});
  EXPECT_EQ(admitted_of(limiter, kSecond, 100), 20);
  EXPECT_EQ(limiter.next_admission(), kSecond + 5 * kMillisecond);
  EXPECT_EQ(admitted_of(limiter, kSecond + 4 * kMillisecond, 10), 0);
  EXPECT_EQ(admitted_of(limiter, kSecond + 5 * kMillisecond, 10), 1);
  EXPECT_EQ(admitted_of(limiter, kSecond + 55 * kMillisecond, 100), 10);
}

TEST(HandshakeLimiter, WhatWasNotUsedIsNoMoreThanTheBurst) {
  HandshakeLimiter limiter({.per_second = 200});
  EXPECT_EQ(admitted_of(limiter, kSecond, 1), 1);
  EXPECT_EQ(admitted_of(limiter, 3'600 * kSecond, 100), 20);
}

TEST(HandshakeLimiter, ALowRateHasOneAtATime) {
  HandshakeLimiter limiter({.per_second = 2});
  EXPECT_EQ(admitted_of(limiter, kSecond, 10), 1);
  EXPECT_EQ(limiter.next_admission(), kSecond + 500 * kMillisecond);
  EXPECT_EQ(admitted_of(limiter, limiter.next_admission() - 1, 10), 0);
  EXPECT_EQ(admitted_of(limiter, limiter.next_admission(), 10), 1);
}

TEST(HandshakeLimiter, CapsHandshakesInFlight) {
  HandshakeLimiter limiter({.in_flight_max = 3});
  EXPECT_EQ(admitted_of(limiter, 0, 10), 3);
  EXPECT_EQ(limiter.next_admission(), kNever);
  EXPECT_EQ(admitted_of(limiter, 3'600 * kSecond, 10), 0);
  EXPECT_EQ(limiter.in_flight(), 3U);
  limiter.finish();
  EXPECT_LE(limiter.next_admission(), 0);
  EXPECT_EQ(admitted_of(limiter, 0, 10), 1);
}

TEST(HandshakeLimiter, WhoIsRefusedForWantOfRoomUsesNothingUp) {
  HandshakeLimiter limiter({.in_flight_max = 1, .per_second = 200});
  EXPECT_EQ(admitted_of(limiter, 0, 1'000), 1);
  int admitted = 1;
  for (int i = 0; i < 1'000; ++i) {
    limiter.finish();
    if (!limiter.admit(0)) break;
    ++admitted;
  }
  EXPECT_EQ(admitted, 20);
}

}  // namespace
}  // namespace penstock
