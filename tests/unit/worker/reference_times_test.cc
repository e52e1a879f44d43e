#include "dataplane/worker/reference_times.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(ReferenceTimes, AreAnsweredWithWhatTheyWereAndHowLongAgo) {
  ReferenceTimes times;
  EXPECT_TRUE(times.answers(kSecond).empty());
  times.take(1, 0x0000'1234'5678'0000, kSecond);
  times.take(1, 0x0000'1234'9999'0000, 2 * kSecond);
  const auto answers = times.answers(2'500 * kMillisecond);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0], (DlrrItem{.ssrc = 1, .last_rr = 0x1234'9999, .delay = 32'768}));
}

TEST(ReferenceTimes, AnOldOneIsNotAnswered) {
  ReferenceTimes times;
  times.take(1, 1, kSecond);
  EXPECT_EQ(times.answers(kSecond + ReferenceTimes::kAgeMax).size(), 1U);
  EXPECT_TRUE(times.answers(kSecond + ReferenceTimes::kAgeMax + 1).empty());
}

TEST(ReferenceTimes, OfTooManyTheLongestSilentIsForgotten) {
  ReferenceTimes times;
  for (std::uint32_t ssrc = 1; ssrc <= ReferenceTimes::kReportersMax; ++ssrc)
    times.take(ssrc, 0, ssrc * kMillisecond);
  times.take(1, 0, 100 * kMillisecond);
  times.take(99, 0, 100 * kMillisecond);
  const auto answers = times.answers(101 * kMillisecond);
  EXPECT_EQ(answers.size(), ReferenceTimes::kReportersMax);
  const auto has = [&](std::uint32_t ssrc) {
    return std::ranges::find(answers, ssrc, &DlrrItem::ssrc) != answers.end();
  };
  EXPECT_TRUE(has(1) && has(99));
  EXPECT_FALSE(has(2));
}

}  // namespace
}  // namespace penstock
