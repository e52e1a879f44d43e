#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

using NdpResponder = ResponderTest;

constexpr std::size_t kOption = kUdp6 + 24;

TestFrame advertisement_of_ours(std::string_view target) {
  TestFrame frame = TestFrame::neighbor_advertisement();
  frame.source_mac(kOurMac).source(target).address(kUdp6 + 8, target).mac(kOption + 2, kOurMac);
  return frame;
}

TEST_F(NdpResponder, AnswersASolicitationForOurAddress) {
  const Answer answer = give(TestFrame::neighbor_solicitation());
  TestFrame expected = advertisement_of_ours("fd00::2");
  expected.destination_mac(kPeerMac).destination("fd00::1").fix();
  EXPECT_EQ(answer.drop, DropReason::kNone);
  EXPECT_EQ(answer.frame, expected.bytes());
}

TEST_F(NdpResponder, AnswersASolicitationForOurLinkLocalAddress) {
  TestFrame request = TestFrame::neighbor_solicitation();
  request.source("fe80::1").destination("fe80::ff:fe00:2").destination_mac(kOurMac);
  request.address(kUdp6 + 8, "fe80::ff:fe00:2").fix();
  TestFrame expected = advertisement_of_ours("fe80::ff:fe00:2");
  expected.destination_mac(kPeerMac).destination("fe80::1").fix();
  EXPECT_EQ(give(request).frame, expected.bytes());
}

TEST_F(NdpResponder, AnswersTheFrameSourceIfTheSolicitationNamesNoMac) {
  const Answer answer =
      give(TestFrame::neighbor_solicitation().source_mac(kOtherMac).truncate(kOption).fix());
  ASSERT_EQ(answer.frame.size(), kNeighborFrameBytes);
  EXPECT_EQ(MacAddress::from_bytes(&answer.frame[0]), kOtherMac);
}

TEST_F(NdpResponder, TellsAllNodesThatOurAddressIsTaken) {
  const Answer answer =
      give(TestFrame::neighbor_solicitation().source("::").truncate(kOption).fix());
  TestFrame expected = advertisement_of_ours("fd00::2");
  expected.destination_mac({{0x33, 0x33, 0, 0, 0, 1}}).destination("ff02::1");
  expected.u8(kUdp6 + 4, 0x20).fix();  // override, not solicited
  EXPECT_EQ(answer.frame, expected.bytes());
}

TEST_F(NdpResponder, SkipsOptionsItDoesNotKnow) {
  TestFrame request = TestFrame::neighbor_solicitation();
  request.insert(kOption, {14, 1, 1, 2, 3, 4, 5, 6}).fix();  // a nonce (RFC 3971)
  EXPECT_EQ(give(request).frame.size(), kNeighborFrameBytes);
}

TEST_F(NdpResponder, RefusesWhatRfc4861Refuses) {
  const std::vector<TestFrame> frames = {
      TestFrame::neighbor_solicitation().u8(kIp + 7, 254).fix(),       // was forwarded
      TestFrame::neighbor_solicitation().u8(kUdp6 + 1, 1).fix(),       // code
      TestFrame::neighbor_solicitation().truncate(kOption - 1).fix(),  // short
      TestFrame::neighbor_solicitation().truncate(kOption + 1).fix(),  // half an option
      TestFrame::neighbor_solicitation().truncate(kOption + 7).fix(),
      TestFrame::neighbor_solicitation().u8(kOption + 1, 0).fix(),  // option of length zero
      TestFrame::neighbor_solicitation().u8(kOption + 1, 2).fix(),  // beyond the end
      TestFrame::neighbor_solicitation().u8(kOption + 1, 255).fix(),
      TestFrame::neighbor_solicitation().u8(kOption + 1, 2).append(8).fix(),  // not a MAC's length
      TestFrame::neighbor_solicitation().address(kUdp6 + 8, "ff02::1:ff00:2").fix(),
      TestFrame::neighbor_solicitation().source("::").fix(),  // with a MAC of nobody
      TestFrame::neighbor_solicitation().mac(kOption + 2, kBroadcastMac).fix(),
      TestFrame::neighbor_solicitation().mac(kOption + 2, {}).fix(),
      TestFrame::neighbor_solicitation().mac(kOption + 2, kOurMac).fix(),
      TestFrame::neighbor_solicitation().address(kUdp6 + 8, "fd00::3").fix(),  // not ours
  };
  for (const TestFrame& frame : frames) {
    const Answer answer = give(frame);
    EXPECT_EQ(answer.drop, DropReason::kNdpInvalid);
    EXPECT_TRUE(answer.frame.empty());
  }
}

TEST_F(NdpResponder, RefusesAWrongChecksum) {
  EXPECT_EQ(give(TestFrame::neighbor_solicitation().flip(kOption + 7, 1)).drop,
            DropReason::kIcmpInvalid);
}

TEST_F(NdpResponder, IgnoresRoutersAndRedirects) {
  for (unsigned type : {133U, 134U, 137U}) {
    const Answer answer = give(TestFrame::neighbor_advertisement().u8(kUdp6, type).fix());
    EXPECT_EQ(answer.drop, DropReason::kIcmpInvalid);
    EXPECT_TRUE(answer.frame.empty());
  }
}

TEST_F(NdpResponder, LimitsItsAnswers) {
  std::uint32_t answered = 0;
  for (int i = 0; i < 5'000; ++i)
    answered += give(TestFrame::neighbor_solicitation()).frame.empty() ? 0U : 1U;
  EXPECT_EQ(answered, kNeighborRepliesPerSecondMax);
}

TEST_F(NdpResponder, AnnouncesBothAddressesTwice) {
  for (const Timestamp now : {0 * kSecond, 2 * kSecond, 4 * kSecond}) {
    const auto frames = poll_all(now);
    for (const char* target : {"fd00::2", "fe80::ff:fe00:2"}) {
      TestFrame expected = advertisement_of_ours(target);
      expected.destination_mac({{0x33, 0x33, 0, 0, 0, 1}}).destination("ff02::1");
      expected.u8(kUdp6 + 4, 0x20).fix();
      EXPECT_EQ(std::count(frames.begin(), frames.end(), expected.bytes()),
                now < 4 * kSecond ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace penstock::test
