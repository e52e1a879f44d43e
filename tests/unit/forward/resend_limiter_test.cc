#include "dataplane/forward/resend_limiter.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kResendInterval = 50 * kMillisecond;

class ResendLimiterTest : public testing::Test {
 protected:
  DropReason take(std::uint16_t sequence_number, std::uint32_t bytes = 1'000) {
    return limiter.take({.sequence_number = sequence_number,
                         .bytes = bytes,
                         .interval = kResendInterval,
                         .share_percent = share_percent,
                         .octets_sent = octets_sent},
                        now);
  }
  // Of new packets.
  std::size_t take_all_there_are() {
    std::size_t count = 0;
    while (take(next_sequence_number++) == DropReason::kNone) ++count;
    return count;
  }

  ResendLimiter limiter;
  std::uint16_t next_sequence_number = 1'000;
  std::uint32_t share_percent = kResendSharePercent;
  std::uint32_t octets_sent = 0;
  Timestamp now = kSecond;
};

TEST_F(ResendLimiterTest, APacketIsNotSentAgainWithinARoundTrip) {
  EXPECT_EQ(take(7), DropReason::kNone);
  EXPECT_EQ(take(7), DropReason::kResendTooSoon);
  now += kResendInterval - kMillisecond;
  EXPECT_EQ(take(7), DropReason::kResendTooSoon);
  now += kMillisecond;
  EXPECT_EQ(take(7), DropReason::kNone);
}

TEST_F(ResendLimiterTest, APacketIsSentAgainAFewTimesAtMost) {
  for (int i = 0; i < kResendsPerPacketMax; ++i) {
    EXPECT_EQ(take(7), DropReason::kNone);
    now += kResendInterval;
  }
  EXPECT_EQ(take(7), DropReason::kResendTooSoon);
}

TEST_F(ResendLimiterTest, APacketIsSentAgainAsOftenAsBrowsersAskForIt) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(take(7), DropReason::kNone);
    now += kResendInterval;
  }
}

TEST_F(ResendLimiterTest, ANumberThatComesRoundAgainIsAnotherPacket) {
  for (int i = 0; i < kResendsPerPacketMax; ++i) {
    EXPECT_EQ(take(7), DropReason::kNone);
    now += kResendInterval;
  }
  now += 3 * kSecond;
  EXPECT_EQ(take(7), DropReason::kNone);
}

// Times are kept in few bits, which come round.
TEST_F(ResendLimiterTest, HowLongAgoIsRightWhateverTheTime) {
  for (int i = 0; i < 2'000; ++i) {
    now += 97 * kMillisecond;
    octets_sent += 20'000;
    const auto sequence_number = static_cast<std::uint16_t>(i);
    ASSERT_EQ(take(sequence_number), DropReason::kNone) << i;
    ASSERT_EQ(take(sequence_number), DropReason::kResendTooSoon) << i;
    now += kResendInterval;
    ASSERT_EQ(take(sequence_number), DropReason::kNone) << i;
  }
}

TEST_F(ResendLimiterTest, TheFirstBurstIsBounded) {
  EXPECT_EQ(take_all_there_are(), kResendBurstBytes / 1'000);
  EXPECT_EQ(take(60'000), DropReason::kResendOverBudget);
}

TEST_F(ResendLimiterTest, AShareOfWhatIsSentComesBackAsCredit) {
  take_all_there_are();
  octets_sent += 100'000;
  const std::size_t count = take_all_there_are();
  EXPECT_GE(count, 20U);
  EXPECT_LE(count, 21U);
}

TEST_F(ResendLimiterTest, OfAWayThatLosesMoreAGreaterShareMayBeSentAgain) {
  take_all_there_are();
  octets_sent += 100'000;
  share_percent = 60;
  const std::size_t count = take_all_there_are();
  EXPECT_GE(count, 60U);
  EXPECT_LE(count, 61U);
}

TEST_F(ResendLimiterTest, CreditDoesNotGrowBeyondTheBurst) {
  octets_sent += 100'000'000;
  EXPECT_EQ(take_all_there_are(), kResendBurstBytes / 1'000);
}

TEST_F(ResendLimiterTest, TheCountOfOctetsMayWrap) {
  octets_sent = 0xFFFF'FF00;
  take_all_there_are();
  octets_sent += 50'000;
  EXPECT_GE(take_all_there_are(), 10U);
}

}  // namespace
}  // namespace penstock
