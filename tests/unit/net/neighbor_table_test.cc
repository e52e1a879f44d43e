// How hosts of the link that have sent nothing are found, and what is not believed of them.
#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

constexpr std::string_view kHost = "198.18.0.77";

class Neighbors : public ResponderTest {
 protected:
  static TestFrame request_of_ours(std::string_view target) {
    TestFrame frame = TestFrame::arp_request();
    frame.source_mac(kOurMac).mac(22, kOurMac).address(28, "198.18.0.2").address(38, target);
    return frame;
  }
  static TestFrame reply_from(const MacAddress& mac, std::string_view sender = kHost) {
    return TestFrame::arp_reply().source_mac(mac).mac(22, mac).address(28, sender);
  }
  std::size_t requests(Timestamp now, std::string_view target = kHost) {
    const auto frames = poll_all(now);
    return static_cast<std::size_t>(
        std::count(frames.begin(), frames.end(), request_of_ours(target).bytes()));
  }
  NeighborTable& table() { return responder_.neighbors(); }
};

TEST_F(Neighbors, AreAskedForUntilTheyAnswerAndNowAndThenAfterwards) {
  EXPECT_EQ(requests(0), 0U);
  ASSERT_TRUE(table().want(ip(kHost)));
  EXPECT_EQ(requests(kSecond), 1U);
  EXPECT_EQ(requests(kSecond + kSecond / 2), 0U);
  EXPECT_EQ(requests(2 * kSecond), 1U);
  EXPECT_EQ(table().find(ip(kHost)), std::nullopt);
  EXPECT_EQ(give(reply_from(kPeerMac), 2 * kSecond).drop, DropReason::kNone);
  EXPECT_EQ(table().find(ip(kHost)), kPeerMac);
  EXPECT_EQ(requests(20 * kSecond), 0U);
  EXPECT_EQ(requests(32 * kSecond), 1U);
  // One that was replaced says so when it is asked.
  EXPECT_EQ(give(reply_from(kOtherMac), 32 * kSecond).drop, DropReason::kNone);
  EXPECT_EQ(table().find(ip(kHost)), kOtherMac);
}

TEST_F(Neighbors, WhoDoesNotAnswerIsAskedLessAndLess) {
  ASSERT_TRUE(table().want(ip(kHost)));
  std::size_t asked = 0;
  for (Timestamp now = kSecond; now < 100 * kSecond; now += kSecond) asked += requests(now);
  EXPECT_GE(asked, 10U);
  EXPECT_LE(asked, 25U);
}

TEST_F(Neighbors, WhatNobodyHasAskedForIsNotBelieved) {
  EXPECT_EQ(give(reply_from(kPeerMac)).drop, DropReason::kArpInvalid);
  ASSERT_TRUE(table().want(ip(kHost)));
  EXPECT_EQ(give(reply_from(kPeerMac)).drop, DropReason::kArpInvalid) << "it was not asked yet";
  EXPECT_EQ(requests(kSecond), 1U);
  EXPECT_EQ(give(reply_from(kPeerMac, "198.18.0.78")).drop, DropReason::kArpInvalid);
  EXPECT_EQ(table().find(ip(kHost)), std::nullopt);
  give(reply_from(kPeerMac), kSecond);
  EXPECT_EQ(give(reply_from(kOtherMac), kSecond).drop, DropReason::kArpInvalid);
  EXPECT_EQ(table().find(ip(kHost)), kPeerMac);
}

TEST_F(Neighbors, OfIpv6AreSolicited) {
  ASSERT_TRUE(table().want(ip("fd00::77")));
  TestFrame expected = TestFrame::neighbor_solicitation();
  expected.destination_mac({{0x33, 0x33, 0xFF, 0, 0, 0x77}}).source_mac(kOurMac);
  expected.source("fd00::2").destination("ff02::1:ff00:77").address(kUdp6 + 8, "fd00::77");
  expected.mac(kUdp6 + 26, kOurMac).fix();
  const auto frames = poll_all(kSecond);
  EXPECT_EQ(std::count(frames.begin(), frames.end(), expected.bytes()), 1);
  TestFrame answer = TestFrame::neighbor_advertisement();
  answer.source_mac(kPeerMac).source("fd00::77").address(kUdp6 + 8, "fd00::77");
  EXPECT_EQ(give(answer.mac(kUdp6 + 26, kPeerMac).fix(), kSecond).drop, DropReason::kNone);
  EXPECT_EQ(table().find(ip("fd00::77")), kPeerMac);
}

TEST_F(Neighbors, AreForgottenWhenNobodyWantsThemAnyMore) {
  ASSERT_TRUE(table().want(ip(kHost)));
  ASSERT_TRUE(table().want(ip(kHost)));
  table().forget(ip(kHost));
  EXPECT_EQ(requests(kSecond), 1U);
  table().forget(ip(kHost));
  table().forget(ip(kHost));
  EXPECT_EQ(table().size(), 0U);
  EXPECT_EQ(requests(10 * kSecond), 0U);
}

TEST_F(Neighbors, ThereIsRoomForSoMany) {
  for (std::size_t i = 0; i < kNeighborsMax; ++i) {
    EXPECT_TRUE(table().want(IpAddress::from_v4(
        {198, 18, static_cast<std::uint8_t>(1 + i / 250), static_cast<std::uint8_t>(i % 250)})));
  }
  EXPECT_FALSE(table().want(ip(kHost)));
}

}  // namespace
}  // namespace penstock::test
