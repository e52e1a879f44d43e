#include "controlplane/dtls/handshake_limiter.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr SipHashKey kKey = {{1, 2}};

IpAddress v4(std::uint32_t host) {
  return IpAddress::from_v4(
      {198, 18, static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host)});
}

int admitted_of(HandshakeLimiter& limiter, Timestamp now, const IpAddress& source, int requests) {
  int admitted = 0;
  for (int i = 0; i < requests; ++i) {
    if (limiter.admit(now, source) == HandshakeAdmission::kAdmitted) ++admitted;
  }
  return admitted;
}

TEST(HandshakeLimiter, ASourceHasABurstAndThenItsRate) {
  HandshakeLimiter limiter({.per_source_per_second = 5, .per_source_burst = 20}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, v4(1), 100), 20);
  EXPECT_EQ(limiter.admit(0, v4(1)), HandshakeAdmission::kSourceTooFast);
  EXPECT_EQ(admitted_of(limiter, 199 * kMillisecond, v4(1), 10), 0);
  EXPECT_EQ(admitted_of(limiter, 200 * kMillisecond, v4(1), 10), 1);
  EXPECT_EQ(admitted_of(limiter, 1'200 * kMillisecond, v4(1), 100), 5);
}

TEST(HandshakeLimiter, AFullBucketHoldsNoMoreThanTheBurst) {
  HandshakeLimiter limiter({.per_source_per_second = 5, .per_source_burst = 20}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, v4(1), 1), 1);
  EXPECT_EQ(admitted_of(limiter, 3'600 * kSecond, v4(1), 100), 20);
}

TEST(HandshakeLimiter, SourcesAreIndependent) {
  HandshakeLimiter limiter({.per_source_burst = 1}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, v4(1), 5), 1);
  EXPECT_EQ(admitted_of(limiter, 0, v4(2), 5), 1);
}

TEST(HandshakeLimiter, Ipv6SourcesCountByTheirSlash64) {
  HandshakeLimiter limiter({.per_source_burst = 1}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, parse_ip_address("fd00:0:0:1::1").value(), 1), 1);
  EXPECT_EQ(admitted_of(limiter, 0, parse_ip_address("fd00:0:0:1:ffff::2").value(), 1), 0);
  EXPECT_EQ(admitted_of(limiter, 0, parse_ip_address("fd00:0:0:2::1").value(), 1), 1);
}

TEST(HandshakeLimiter, CapsHandshakesInFlight) {
  HandshakeLimiter limiter({.in_flight_max = 3}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, v4(1), 10), 3);
  EXPECT_EQ(limiter.admit(0, v4(2)), HandshakeAdmission::kTooManyInFlight);
  EXPECT_EQ(limiter.in_flight(), 3U);
  limiter.finish();
  EXPECT_EQ(limiter.admit(0, v4(2)), HandshakeAdmission::kAdmitted);
  EXPECT_EQ(limiter.admit(0, v4(2)), HandshakeAdmission::kTooManyInFlight);
}

TEST(HandshakeLimiter, ARefusalForWantOfRoomTakesNoToken) {
  HandshakeLimiter limiter({.in_flight_max = 1, .per_source_burst = 2}, kKey);
  EXPECT_EQ(admitted_of(limiter, 0, v4(1), 1), 1);
  EXPECT_EQ(admitted_of(limiter, 0, v4(2), 100), 0);
  for (int i = 0; i < 2; ++i) {
    limiter.finish();
    EXPECT_EQ(limiter.admit(0, v4(2)), HandshakeAdmission::kAdmitted);
  }
}

TEST(HandshakeLimiter, RemembersABoundedNumberOfSourcesAndForgetsThoseWithFullBuckets) {
  HandshakeLimiter limiter({.in_flight_max = 100'000, .sources_max = 100}, kKey);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(admitted_of(limiter, 0, v4(i), 1), 1);
  // All buckets lack one token until 200 ms: no room for another source.
  EXPECT_EQ(limiter.admit(0, v4(1'000)), HandshakeAdmission::kSourceTooFast);
  EXPECT_EQ(limiter.admit(0, v4(1)), HandshakeAdmission::kAdmitted);
  EXPECT_EQ(limiter.admit(kSecond, v4(1'000)), HandshakeAdmission::kAdmitted);
}

}  // namespace
}  // namespace penstock
