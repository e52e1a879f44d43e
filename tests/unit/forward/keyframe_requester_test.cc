#include "dataplane/forward/keyframe_requester.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kInterval = 500 * kMillisecond;

TEST(KeyframeRequester, FirstRequestPassesAtOnce) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0, kInterval));
}

TEST(KeyframeRequester, ThousandsOfReceiversCostOneRequestPerInterval) {
  KeyframeRequester requester;
  int sent = 0;
  for (Timestamp now = 0; now < 2 * kSecond; now += kMillisecond) {
    for (int receiver = 0; receiver < 100; ++receiver)
      sent += requester.request(now, kInterval) ? 1 : 0;
    sent += requester.poll(now, kInterval) ? 1 : 0;
  }
  EXPECT_EQ(sent, 2 * kSecond / kInterval);
}

TEST(KeyframeRequester, RequestThatWaitedIsSentAtTheEndOfTheInterval) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0, kInterval));
  EXPECT_FALSE(requester.request(10 * kMillisecond, kInterval));
  EXPECT_FALSE(requester.poll(kInterval - 1, kInterval));
  EXPECT_TRUE(requester.poll(kInterval, kInterval));
}

TEST(KeyframeRequester, KeyframeAnswersEverybodyWhoWaited) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0, kInterval));
  EXPECT_FALSE(requester.request(10 * kMillisecond, kInterval));
  requester.on_keyframe();
  EXPECT_FALSE(requester.poll(kSecond, kInterval));
}

TEST(KeyframeRequester, AsksAgainWhileNoKeyframeComes) {
  KeyframeRequester requester;
  EXPECT_TRUE(requester.request(0, kInterval));
  EXPECT_TRUE(requester.poll(kInterval, kInterval));
  EXPECT_TRUE(requester.poll(2 * kInterval, kInterval));
}

}  // namespace
}  // namespace penstock
