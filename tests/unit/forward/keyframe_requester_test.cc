#include "dataplane/forward/keyframe_requester.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(KeyframeRequester, FirstRequestPassesAtOnce) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0));
}

TEST(KeyframeRequester, ThousandsOfReceiversCostOneRequestPerInterval) {
  KeyframeRequester requester;
  int sent = 0;
  for (Timestamp now = 0; now < 2 * kSecond; now += kMillisecond) {
    for (int receiver = 0; receiver < 100; ++receiver) sent += requester.request(now) ? 1 : 0;
    sent += requester.poll(now) ? 1 : 0;
  }
  EXPECT_EQ(sent, 2 * kSecond / kKeyframeRequestInterval);
}

TEST(KeyframeRequester, RequestThatWaitedIsSentAtTheEndOfTheInterval) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0));
  EXPECT_FALSE(requester.request(10 * kMillisecond));
  EXPECT_FALSE(requester.poll(kKeyframeRequestInterval - 1));
  EXPECT_TRUE(requester.poll(kKeyframeRequestInterval));
}

TEST(KeyframeRequester, KeyframeAnswersEverybodyWhoWaited) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0));
  EXPECT_FALSE(requester.request(10 * kMillisecond));
  requester.on_keyframe();
  EXPECT_FALSE(requester.poll(kSecond));
}

TEST(KeyframeRequester, AsksAgainWhileNoKeyframeComes) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0));
  EXPECT_TRUE(requester.poll(kKeyframeRequestInterval));
  EXPECT_TRUE(requester.poll(2 * kKeyframeRequestInterval));
}

}  // namespace
}  // namespace penstock
