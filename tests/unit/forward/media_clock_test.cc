#include "dataplane/forward/media_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace penstock {
namespace {

TEST(SenderClock, OneDelayedReportMovesTheMappingByNothing) {
  SenderClock clock;
  const NtpTime start = ntp_from_unix_ns(1'700'000'000'000'000'000ULL);
  std::optional<Timestamp> mapped;
  for (int i = 0; i < 5; ++i) {
    mapped = clock.to_local(start + ntp_difference_from_ns(i * kSecond),
                            i * kSecond + 20 * kMillisecond);
  }
  ASSERT_TRUE(mapped.has_value());
  EXPECT_NEAR(static_cast<double>(*mapped), 4.02e9, 1e3);
  const auto delayed =
      clock.to_local(start + ntp_difference_from_ns(5 * kSecond), 5 * kSecond + 900 * kMillisecond);
  ASSERT_TRUE(delayed.has_value());
  EXPECT_NEAR(static_cast<double>(*delayed), 5.02e9, 1e3);
}

TEST(SenderClock, AStepOfTheSendersClockCountsOnceASecondReportConfirmsIt) {
  for (const NtpTime after : {NtpTime{1}, ~NtpTime{0}, NtpTime{0x8000'0000'0000'0000},
                              ntp_from_unix_ns(1'700'000'003'000'000'000ULL)}) {
    SenderClock clock;
    const NtpTime before = ntp_from_unix_ns(1'700'000'000'000'000'000ULL);
    Timestamp now = 100 * kSecond;
    for (int i = 0; i < 20; ++i, now += kSecond) {
      EXPECT_EQ(clock.to_local(before + ntp_difference_from_ns(i * kSecond), now), now);
    }
    const NtpTime stepped = after + ntp_difference_from_ns(20 * kSecond);
    EXPECT_EQ(clock.to_local(stepped, now), std::nullopt) << after;
    now += kSecond;
    const auto mapped = clock.to_local(stepped + ntp_difference_from_ns(kSecond), now);
    ASSERT_TRUE(mapped.has_value()) << after;
    EXPECT_NEAR(static_cast<double>(*mapped), static_cast<double>(now), 1e3);
  }
}

TEST(SenderClock, OneReportThatStoodInAQueueForSecondsSaysNothing) {
  SenderClock clock;
  const NtpTime start = ntp_from_unix_ns(1'700'000'000'000'000'000ULL);
  EXPECT_EQ(clock.to_local(start, 0), Timestamp{0});
  EXPECT_EQ(clock.to_local(start + ntp_difference_from_ns(kSecond), 9 * kSecond), std::nullopt);
  EXPECT_EQ(clock.to_local(start + ntp_difference_from_ns(10 * kSecond), 10 * kSecond),
            Timestamp{10 * kSecond});
}

TEST(SenderClock, EachReportOfTwoClocksByTurnsIsMappedByItsOwnOrSaysNothing) {
  SenderClock clock;
  const NtpTime one = ntp_from_unix_ns(1'700'000'000'000'000'000ULL);
  const NtpTime other = NtpTime{77} << 32;
  int mapped_count = 0;
  for (int i = 0; i < 40; ++i) {
    const Timestamp now = i * kSecond;
    const auto mapped =
        clock.to_local((i % 2 == 0 ? one : other) + ntp_difference_from_ns(now), now);
    if (!mapped) continue;
    ++mapped_count;
    EXPECT_NEAR(static_cast<double>(*mapped), static_cast<double>(now), 1e3);
  }
  EXPECT_GE(mapped_count, 10);
}

TEST(SenderClock, ASenderWithoutAClockSaysNothing) {
  EXPECT_EQ(SenderClock().to_local(0, 5 * kSecond), std::nullopt);
}

TEST(MediaClock, IsUnknownBeforeTheFirstReport) { EXPECT_FALSE(MediaClock().read().has_value()); }

TEST(MediaClock, ReaderOnAnotherThreadNeverSeesHalfAReading) {
  MediaClock clock;
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    for (std::uint32_t i = 1; i <= 200'000; ++i) clock.publish({static_cast<Timestamp>(i) * 3, i});
    is_done = true;
  });
  std::uint64_t readings = 0;
  while (!is_done || readings == 0) {
    const auto reading = clock.read();
    if (!reading) continue;
    ++readings;
    ASSERT_EQ(reading->captured_at, static_cast<Timestamp>(reading->rtp_timestamp) * 3);
  }
  writer.join();
}

TEST(MediaClock, ExtrapolatesInBothDirectionsAndAcrossTheWrap) {
  const MediaClock::Reading reading{.captured_at = kSecond, .rtp_timestamp = 0xFFFF'FFFF};
  EXPECT_EQ(rtp_timestamp_at(reading, 2 * kSecond, 90'000), 89'999U);
  EXPECT_EQ(rtp_timestamp_at(reading, 0, 90'000), 0xFFFF'FFFFU - 90'000U);
}

TEST(MediaClock, ExtrapolatesOverAnyTime) {
  const MediaClock::Reading reading{.captured_at = 0, .rtp_timestamp = 7};
  const Timestamp hundred_years = 100LL * 365 * 86'400 * kSecond;
  EXPECT_EQ(rtp_timestamp_at(reading, hundred_years, 90'000),
            7U + static_cast<std::uint32_t>(100ULL * 365 * 86'400 * 90'000));
  EXPECT_EQ(rtp_timestamp_at(reading, -hundred_years, 90'000),
            7U - static_cast<std::uint32_t>(100ULL * 365 * 86'400 * 90'000));
}

}  // namespace
}  // namespace penstock
