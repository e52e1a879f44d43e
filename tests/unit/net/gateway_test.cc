// How the gateway's MAC is learned, confirmed and defended.
#include <functional>

#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

class Gateway : public ResponderTest {
 protected:
  static TestFrame arp_request_of_ours() {
    TestFrame frame = TestFrame::arp_request();
    frame.source_mac(kOurMac).mac(22, kOurMac).address(28, "198.18.0.2").address(38, "198.18.0.1");
    return frame;
  }
  static TestFrame solicitation_of_ours() {
    TestFrame frame = TestFrame::neighbor_solicitation();
    frame.destination_mac({{0x33, 0x33, 0xFF, 0, 0, 1}}).source_mac(kOurMac);
    frame.source("fd00::2").destination("ff02::1:ff00:1").address(kUdp6 + 8, "fd00::1");
    return frame.mac(kUdp6 + 26, kOurMac).fix();
  }
  static TestFrame arp_reply_from(const MacAddress& mac) {
    return TestFrame::arp_reply().source_mac(mac).mac(22, mac);
  }
  static TestFrame advertisement_from(const MacAddress& mac) {
    return TestFrame::neighbor_advertisement().source_mac(mac).mac(kUdp6 + 26, mac).fix();
  }
  bool sends(const TestFrame& frame, Timestamp now) {
    const auto frames = poll_all(now);
    return std::count(frames.begin(), frames.end(), frame.bytes()) == 1;
  }
};

TEST_F(Gateway, IsAskedForAtOnceAndEverySecondUntilItAnswers) {
  EXPECT_EQ(responder_.ipv4_gateway_mac(), std::nullopt);
  EXPECT_TRUE(sends(arp_request_of_ours(), 0));
  EXPECT_FALSE(sends(arp_request_of_ours(), kSecond - 1));
  EXPECT_TRUE(sends(arp_request_of_ours(), kSecond));
  EXPECT_TRUE(sends(arp_request_of_ours(), 10 * kSecond));
  EXPECT_EQ(give(arp_reply_from(kPeerMac), 10 * kSecond).drop, DropReason::kNone);
  EXPECT_EQ(responder_.ipv4_gateway_mac(), kPeerMac);
  EXPECT_TRUE(poll_all(12 * kSecond).size() > 0);  // announcements and the IPv6 gateway
  EXPECT_FALSE(sends(arp_request_of_ours(), 20 * kSecond));
}

TEST_F(Gateway, IsAskedForOverIpv6) {
  EXPECT_TRUE(sends(solicitation_of_ours(), 0));
  EXPECT_TRUE(sends(solicitation_of_ours(), kSecond));
  EXPECT_EQ(give(advertisement_from(kPeerMac), kSecond).drop, DropReason::kNone);
  EXPECT_EQ(responder_.ipv6_gateway_mac(), kPeerMac);
  EXPECT_FALSE(sends(solicitation_of_ours(), 20 * kSecond));
}

TEST_F(Gateway, WithALinkLocalAddressIsAskedFromOurs) {
  addresses_.ipv6.gateway = ip("fe80::1");
  restart();
  TestFrame expected = solicitation_of_ours();
  expected.source("fe80::ff:fe00:2").address(kUdp6 + 8, "fe80::1").fix();
  EXPECT_TRUE(sends(expected, 0));
}

TEST_F(Gateway, IsNotLearnedFromAnswersNobodyAskedFor) {
  EXPECT_EQ(give(arp_reply_from(kOtherMac)).drop, DropReason::kArpInvalid);
  EXPECT_EQ(give(advertisement_from(kOtherMac)).drop, DropReason::kNdpInvalid);
  EXPECT_EQ(responder_.ipv4_gateway_mac(), std::nullopt);
  EXPECT_EQ(responder_.ipv6_gateway_mac(), std::nullopt);
}

TEST_F(Gateway, IsNotLearnedFromWhatIsNotItsAnswer) {
  poll_all(0);
  const std::vector<TestFrame> arps = {
      TestFrame::arp_request(),                             // its request
      TestFrame::arp_request().address(38, "198.18.0.1"),   // its announcement
      arp_reply_from(kOtherMac).address(28, "198.18.0.9"),  // of another
      arp_reply_from(kOtherMac).mac(32, kOtherMac),         // to another
      arp_reply_from(kOtherMac).address(38, "198.18.0.9"),  // to another
  };
  for (const TestFrame& frame : arps) give(frame);
  const std::vector<TestFrame> advertisements = {
      TestFrame::neighbor_solicitation(),                                 // its request
      advertisement_from(kOtherMac).u8(kUdp6 + 4, 0x20).fix(),            // unsolicited
      advertisement_from(kOtherMac).address(kUdp6 + 8, "fd00::9").fix(),  // of another
      advertisement_from(kOtherMac).truncate(kUdp6 + 24).fix(),           // without MAC
      advertisement_from(kOurMac).source_mac(kOtherMac),                  // with our MAC
      advertisement_from(kOtherMac).u8(kIp + 7, 64).fix(),                // from afar
      advertisement_from(kOtherMac).destination("ff02::1").fix(),         // solicited to a group
  };
  for (const TestFrame& frame : advertisements) give(frame);
  EXPECT_EQ(responder_.ipv4_gateway_mac(), std::nullopt);
  EXPECT_EQ(responder_.ipv6_gateway_mac(), std::nullopt);
}

TEST_F(Gateway, StaysThroughAFloodOfForgedAnswers) {
  poll_all(0);
  give(arp_reply_from(kPeerMac));
  give(advertisement_from(kPeerMac));
  const TestFrame arp = arp_reply_from(kOtherMac);
  const TestFrame advertisement = advertisement_from(kOtherMac);
  // Two minutes, in which the known MAC is asked again and answers a moment later.
  for (int i = 0; i < 12'000; ++i) {
    const Timestamp now = i * 10 * kMillisecond;
    const bool was_asked = !poll_all(now).empty();
    ASSERT_NE(give(arp, now).drop, DropReason::kNone);
    ASSERT_NE(give(advertisement, now).drop, DropReason::kNone);
    if (was_asked) {
      give(arp_reply_from(kPeerMac), now);
      give(advertisement_from(kPeerMac), now);
    }
  }
  EXPECT_EQ(responder_.ipv4_gateway_mac(), kPeerMac);
  EXPECT_EQ(responder_.ipv6_gateway_mac(), kPeerMac);
}

TEST_F(Gateway, IsConfirmedByUnicastAndReplacedOnlyAfterItStayedSilent) {
  poll_all(0);
  give(arp_reply_from(kPeerMac), 0);
  TestFrame confirmation = arp_request_of_ours();
  confirmation.destination_mac(kPeerMac);
  poll_all(2 * kSecond);
  EXPECT_FALSE(sends(confirmation, kGatewayConfirmInterval - 1));
  for (int i = 0; i < kGatewayConfirmationsMax; ++i) {
    const Timestamp now = kGatewayConfirmInterval + i * kSecond;
    EXPECT_TRUE(sends(confirmation, now));
    EXPECT_EQ(give(arp_reply_from(kOtherMac), now).drop, DropReason::kArpInvalid);
    EXPECT_EQ(responder_.ipv4_gateway_mac(), kPeerMac);
  }
  const Timestamp now = kGatewayConfirmInterval + kGatewayConfirmationsMax * kSecond;
  EXPECT_TRUE(sends(arp_request_of_ours(), now));
  EXPECT_EQ(responder_.ipv4_gateway_mac(), kPeerMac);  // until another answers
  EXPECT_EQ(give(arp_reply_from(kOtherMac), now).drop, DropReason::kNone);
  EXPECT_EQ(responder_.ipv4_gateway_mac(), kOtherMac);
}

// Whoever takes over the gateway's address announces it, or asks for our MAC before it delivers.
class ReplacedGateway : public Gateway,
                        public testing::WithParamInterface<std::function<TestFrame()>> {
 protected:
  ReplacedGateway() {
    poll_all(0);
    poll_all(2 * kSecond);
    give(arp_reply_from(kPeerMac), 2 * kSecond);
    give(advertisement_from(kPeerMac), 2 * kSecond);
  }
  // Polled as a worker does. The new gateway answers what is sent to all.
  void run_for(Duration duration, bool old_one_answers) {
    for (const Timestamp end = now_ + duration; now_ < end; now_ += 100 * kMillisecond) {
      for (const auto& frame : poll_all(now_)) {
        ++requests_;
        const bool is_arp = load_be16(&frame[12]) == kEtherTypeArp;
        const auto answer = [&](const MacAddress& mac) {
          give(is_arp ? arp_reply_from(mac) : advertisement_from(mac), now_);
        };
        if (MacAddress::from_bytes(frame.data()) != kPeerMac) answer(kOtherMac);
        if (old_one_answers) answer(kPeerMac);
      }
    }
  }
  std::size_t known_macs(const MacAddress& mac) const {
    return (responder_.ipv4_gateway_mac() == mac ? 1U : 0U) +
           (responder_.ipv6_gateway_mac() == mac ? 1U : 0U);
  }

  Timestamp now_ = 5 * kSecond;
  int requests_ = 0;
};

TEST_P(ReplacedGateway, IsKnownWithinTwoSeconds) {
  give(GetParam()(), now_);
  run_for(2 * kSecond, false);
  EXPECT_EQ(known_macs(kOtherMac), 1U);
  EXPECT_EQ(known_macs(kPeerMac), 1U) << "the other family's was not doubted";
}

TEST_P(ReplacedGateway, IsNotBelievedWhileTheOldOneAnswersNorAskedMoreThanOnceASecond) {
  for (int i = 0; i < 100; ++i) {
    give(GetParam()(), now_);
    run_for(100 * kMillisecond, true);
  }
  EXPECT_EQ(known_macs(kPeerMac), 2U);
  EXPECT_GE(requests_, 9);
  EXPECT_LE(requests_, 11);
}

INSTANTIATE_TEST_SUITE_P(
    Frames, ReplacedGateway,
    testing::Values(
        [] {
          return TestFrame::arp_request()
              .source_mac(kOtherMac)
              .mac(22, kOtherMac)
              .address(28, "198.18.0.1");
        },
        [] {
          TestFrame frame = TestFrame::arp_request();
          frame.source_mac(kOtherMac).mac(22, kOtherMac);
          return frame.address(28, "198.18.0.1").address(38, "198.18.0.1");
        },
        [] {
          TestFrame frame = TestFrame::neighbor_solicitation();
          return frame.source_mac(kOtherMac).source("fd00::1").mac(kUdp6 + 26, kOtherMac).fix();
        }));

TEST_F(Gateway, SaysWhenItHasWorkNext) {
  poll_all(0);
  EXPECT_EQ(responder_.next_poll(), kSecond);
  give(arp_reply_from(kPeerMac), 0);
  give(advertisement_from(kPeerMac), 0);
  EXPECT_EQ(responder_.next_poll(), 2 * kSecond);  // the second announcements
  poll_all(2 * kSecond);
  EXPECT_EQ(responder_.next_poll(), kGatewayConfirmInterval);
}

TEST_F(Gateway, IsNotAskedForWhereThereIsNone) {
  addresses_.ipv4.gateway = {};
  addresses_.ipv6 = {};
  restart();
  EXPECT_EQ(poll_all(0).size(), 1U);  // the announcement
  EXPECT_EQ(poll_all(2 * kSecond).size(), 1U);
  EXPECT_EQ(poll_all(100 * kSecond).size(), 0U);
  EXPECT_EQ(responder_.next_poll(), kNever);
}

}  // namespace
}  // namespace penstock::test
