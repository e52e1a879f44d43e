#include "dataplane/base/time.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(NtpTime, ConvertsTheUnixEpochAndFractions) {
  EXPECT_EQ(ntp_from_unix_ns(0), kNtpUnixOffsetSeconds << 32);
  EXPECT_EQ(ntp_from_unix_ns(500'000'000) & 0xFFFFFFFF, 0x80000000U);
}

TEST(NtpTime, DifferencesSurviveARoundTripWithinANanosecond) {
  for (const Duration ns : {Duration{0}, Duration{1}, kMillisecond, 1'500 * kMillisecond, -kSecond,
                            -1'250 * kMillisecond, 86'400 * kSecond}) {
    const Duration back = ns_from_ntp_difference(ntp_difference_from_ns(ns));
    EXPECT_NEAR(static_cast<double>(back), static_cast<double>(ns), 1.0) << ns;
  }
}

TEST(NtpTime, DifferencesWorkAcrossTheWrapOf2036) {
  const NtpTime before = 0xFFFFFFFF80000000ULL;  // half a second before the wrap
  const NtpTime after = before + ntp_difference_from_ns(kSecond);
  EXPECT_EQ(ns_from_ntp_difference(after - before), kSecond);
}

}  // namespace
}  // namespace penstock
