#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

using IcmpResponder = ResponderTest;

TEST_F(IcmpResponder, AnswersAPing) {
  for (std::size_t length : {0U, 1U, 32U, 1'472U}) {
    const Answer answer = give(TestFrame::ping4(length));
    TestFrame expected = TestFrame::ping4(length);
    expected.destination_mac(kPeerMac).source_mac(kOurMac);
    expected.source("198.18.0.2").destination("203.0.113.7");
    expected.u8(kIp + 8, 64).u8(kIp + 6, 0x40).u8(kUdp4, 0).fix();
    EXPECT_EQ(answer.frame, expected.bytes()) << length;
  }
}

TEST_F(IcmpResponder, AnswersAnIpv6Ping) {
  for (std::size_t length : {0U, 1U, 32U, 1'452U}) {
    const Answer answer = give(TestFrame::ping6(length));
    TestFrame expected = TestFrame::ping6(length);
    expected.destination_mac(kPeerMac).source_mac(kOurMac);
    expected.source("fd00::2").destination("2001:db8::7").u8(kIp + 7, 64).u8(kUdp6, 129).fix();
    EXPECT_EQ(answer.frame, expected.bytes()) << length;
  }
}

TEST_F(IcmpResponder, DoesNotAnswerPadding) {
  EXPECT_EQ(give(TestFrame::ping4(2).append(16)).frame.size(), 44U);
}

TEST_F(IcmpResponder, RefusesWhatIsNotAWholeEchoRequest) {
  std::vector<TestFrame> frames = {
      TestFrame::ping4().flip(50, 1),                   // checksum
      TestFrame::ping4().u8(kUdp4 + 1, 1).fix(),        // code
      TestFrame::ping4(0).truncate(41).fix(),           // short
      TestFrame::ping4(0).truncate(34).fix(),           // empty
      TestFrame::ping6().flip(70, 1),                   // checksum
      TestFrame::ping6().u8(kUdp6 + 1, 1).fix(),        // code
      TestFrame::ping6(0).truncate(61).fix(),           // short
      TestFrame::ping6(0).truncate(54).fix(),           // empty
      TestFrame::ping6().destination("ff02::1").fix(),  // multicast
      TestFrame::ping6().destination("ff02::1:ff00:2").fix(),
  };
  for (unsigned type = 0; type < 256; ++type) {
    if (type != 8) frames.push_back(TestFrame::ping4().u8(kUdp4, type).fix());
    if (type != 128 && type != 130 && type != 135 && type != 136)
      frames.push_back(TestFrame::ping6().u8(kUdp6, type).fix());
  }
  for (const TestFrame& frame : frames) {
    const Answer answer = give(frame);
    EXPECT_EQ(answer.drop, DropReason::kIcmpInvalid);
    EXPECT_TRUE(answer.frame.empty());
  }
}

TEST_F(IcmpResponder, AnswersAHundredPingsPerSecondOfBothFamiliesTogether) {
  std::uint32_t answered = 0;
  for (int i = 0; i < 10'000; ++i) {
    const TestFrame ping = i % 2 == 0 ? TestFrame::ping4() : TestFrame::ping6();
    const Answer answer = give(ping, 5 * kSecond);
    if (!answer.frame.empty()) {
      ++answered;
    } else {
      ASSERT_EQ(answer.drop, DropReason::kIcmpRateLimited);
    }
  }
  EXPECT_EQ(answered, kEchoRepliesPerSecondMax);
  EXPECT_TRUE(give(TestFrame::ping4(), 5 * kSecond + 9 * kMillisecond).frame.empty());
  EXPECT_FALSE(give(TestFrame::ping4(), 5 * kSecond + 10 * kMillisecond).frame.empty());
}

TEST_F(IcmpResponder, KeepsAnsweringArpWhilePingsAreLimited) {
  for (int i = 0; i < 1'000; ++i) give(TestFrame::ping4());
  EXPECT_FALSE(give(TestFrame::arp_request()).frame.empty());
}

TEST_F(IcmpResponder, SendsNothingThatDoesNotFit) {
  for (const TestFrame& frame : {TestFrame::ping4(100), TestFrame::ping6(100)}) {
    std::vector<std::uint8_t> small(frame.size() - 1);
    const LinkReply reply =
        responder_.respond(frame.bytes(), parse_frame(frame.bytes(), addresses_), 0, small);
    EXPECT_EQ(reply.bytes, 0U);
    EXPECT_EQ(reply.drop, DropReason::kPacketTooLarge);
  }
}

}  // namespace
}  // namespace penstock::test
