#include "dataplane/forward/talk_detector.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr AudioRule kRule{.packets = 10, .level_max = 25};

class TalkDetectorTest : public testing::Test {
 protected:
  std::optional<TalkDetector::Change> hear(std::uint8_t level, int packets = 10) {
    for (int i = 0; i < packets; ++i) {
      now += 20 * kMillisecond;
      talk.take(kRule, level, now);
    }
    const auto change = talk.poll(now);
    if (change) talk.told();
    return change;
  }

  TalkDetector talk;
  Timestamp now = kSecond;
};

TEST_F(TalkDetectorTest, APeriodBelowTheLevelIsTalkingAndOneAboveEndsIt) {
  EXPECT_FALSE(hear(60).has_value());
  const auto begin = hear(20);
  ASSERT_TRUE(begin.has_value());
  EXPECT_TRUE(begin->is_talking);
  EXPECT_EQ(begin->level_average, 20);
  EXPECT_FALSE(hear(10).has_value()) << "it goes on";
  const auto end = hear(25);
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->is_talking);
}

TEST_F(TalkDetectorTest, NothingIsSaidBeforeAPeriodHasEnded) {
  EXPECT_FALSE(hear(0, 9).has_value());
  EXPECT_TRUE(hear(0, 1).has_value());
}

TEST_F(TalkDetectorTest, WhoSendsNothingIsSilent) {
  ASSERT_TRUE(hear(20).has_value());
  now += 900 * kMillisecond;
  EXPECT_FALSE(talk.poll(now).has_value());
  now += 100 * kMillisecond;
  const auto end = talk.poll(now);
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->is_talking);
  talk.told();
  EXPECT_FALSE(talk.poll(now + kSecond).has_value()) << "once";
}

TEST_F(TalkDetectorTest, WhatCouldNotBeToldIsSaidAgain) {
  for (int i = 0; i < 10; ++i) talk.take(kRule, 20, now);
  EXPECT_TRUE(talk.poll(now).has_value());
  EXPECT_TRUE(talk.poll(now).has_value());
  talk.told();
  EXPECT_FALSE(talk.poll(now).has_value());
}

}  // namespace
}  // namespace penstock
