#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

using ArpResponder = ResponderTest;

TEST_F(ArpResponder, AnswersARequestForOurAddress) {
  const Answer answer = give(TestFrame::arp_request());
  EXPECT_EQ(answer.drop, DropReason::kNone);
  TestFrame expected = TestFrame::arp_reply();
  expected.destination_mac(kPeerMac).source_mac(kOurMac);
  expected.mac(22, kOurMac).address(28, "198.18.0.2").mac(32, kPeerMac).address(38, "198.18.0.1");
  EXPECT_EQ(answer.frame, expected.bytes());
}

TEST_F(ArpResponder, AnswersAProbeForOurAddress) {
  const Answer answer = give(TestFrame::arp_request().address(28, "0.0.0.0"));
  ASSERT_EQ(answer.frame.size(), 42U);
  EXPECT_EQ(load_be32(&answer.frame[38]), 0U);
}

TEST_F(ArpResponder, IsSilentForOtherAddresses) {
  EXPECT_EQ(give(TestFrame::arp_request().address(38, "198.18.0.3")).drop, DropReason::kArpInvalid);
  EXPECT_EQ(give(TestFrame::arp_request().address(38, "0.0.0.0")).drop, DropReason::kArpInvalid);
}

TEST_F(ArpResponder, RefusesMalformedPackets) {
  const std::vector<TestFrame> frames = {
      TestFrame::arp_request().u16(14, 6),              // hardware type
      TestFrame::arp_request().u16(16, 0x86DD),         // protocol type
      TestFrame::arp_request().u8(18, 8),               // hardware length
      TestFrame::arp_request().u8(19, 16),              // protocol length
      TestFrame::arp_request().u16(20, 0),              // operation
      TestFrame::arp_request().u16(20, 3),              // reverse ARP
      TestFrame::arp_request().mac(22, kBroadcastMac),  // sender
      TestFrame::arp_request().mac(22, {}),
      TestFrame::arp_request().mac(22, kOurMac),
      TestFrame::arp_request().address(28, "127.0.0.1"),
      TestFrame::arp_request().address(28, "224.0.0.1"),
      TestFrame::arp_request().address(28, "255.255.255.255"),
  };
  for (const TestFrame& frame : frames) {
    const Answer answer = give(frame);
    EXPECT_EQ(answer.drop, DropReason::kArpInvalid);
    EXPECT_TRUE(answer.frame.empty());
  }
}

TEST_F(ArpResponder, LimitsItsAnswers) {
  std::uint32_t answered = 0;
  std::uint32_t limited = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Answer answer = give(TestFrame::arp_request(), i * 10 * kMicrosecond);
    answered += answer.frame.empty() ? 0U : 1U;
    limited += answer.drop == DropReason::kNeighborRateLimited ? 1U : 0U;
  }
  // One second: what the bucket held at first and what came in.
  EXPECT_GE(answered, kNeighborRepliesPerSecondMax);
  EXPECT_LE(answered, 2 * kNeighborRepliesPerSecondMax);
  EXPECT_EQ(answered + limited, 100'000U);
}

TEST_F(ArpResponder, SendsNothingThatDoesNotFit) {
  const TestFrame frame = TestFrame::arp_request();
  std::vector<std::uint8_t> small(41);
  const LinkReply reply =
      responder_.respond(frame.bytes(), parse_frame(frame.bytes(), addresses_), 0, small);
  EXPECT_EQ(reply.bytes, 0U);
  EXPECT_EQ(reply.drop, DropReason::kArpInvalid);
}

TEST_F(ArpResponder, AnnouncesOurAddressTwice) {
  const auto is_announcement = [](const std::vector<std::uint8_t>& frame) {
    TestFrame expected = TestFrame::arp_request();
    expected.source_mac(kOurMac).mac(22, kOurMac).address(28, "198.18.0.2");
    return frame == expected.bytes();
  };
  for (const Timestamp now : {0 * kSecond, 2 * kSecond}) {
    const auto frames = poll_all(now);
    EXPECT_EQ(std::count_if(frames.begin(), frames.end(), is_announcement), 1) << now;
  }
  const auto later = poll_all(4 * kSecond);
  EXPECT_EQ(std::count_if(later.begin(), later.end(), is_announcement), 0);
}

}  // namespace
}  // namespace penstock::test
