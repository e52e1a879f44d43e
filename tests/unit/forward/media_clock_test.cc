#include "dataplane/forward/media_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace penstock {
namespace {

TEST(SenderClock, OneDelayedReportMovesTheMappingByNothing) {
  SenderClock clock;
  const NtpTime start = ntp_from_unix_ns(1'700'000'000'000'000'000ULL);
  Timestamp mapped = 0;
  for (int i = 0; i < 5; ++i) {
    mapped = clock.to_local(start + ntp_difference_from_ns(i * kSecond),
                            i * kSecond + 20 * kMillisecond);
  }
  EXPECT_NEAR(static_cast<double>(mapped), 4.02e9, 1e3);
  const Timestamp delayed =
      clock.to_local(start + ntp_difference_from_ns(5 * kSecond), 5 * kSecond + 900 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(delayed), 5.02e9, 1e3);
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

}  // namespace
}  // namespace penstock
