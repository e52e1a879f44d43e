// Which of the messages that say "too big" are believed to be about a packet of ours, and what they
// say.
#include "dataplane/net/packet_too_big.h"

#include <gtest/gtest.h>

#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;
using test::kUdp4;
using test::kUdp6;
using test::TestFrame;

// From a router, about a datagram of ours to 203.0.113.7:5000 or 2001:db8::7, port 5000.
TestFrame too_big4(unsigned mtu, unsigned packet_bytes = 1'400) {
  TestFrame frame = TestFrame::ping4(28);
  frame.source("192.0.2.9").u8(kUdp4, 3).u8(kUdp4 + 1, 4).u16(kUdp4 + 4, 0).u16(kUdp4 + 6, mtu);
  const std::size_t quoted = kUdp4 + 8;
  for (std::size_t i = 0; i < 28; ++i) frame.u8(quoted + i, 0);
  frame.u8(quoted, 0x45).u16(quoted + 2, packet_bytes).u16(quoted + 6, 0x4000).u8(quoted + 9, 17);
  frame.address(quoted + 12, "198.18.0.2").address(quoted + 16, "203.0.113.7");
  return frame.u16(quoted + 20, 4000).u16(quoted + 22, 5000).fix();
}
TestFrame too_big6(unsigned mtu, unsigned packet_bytes = 1'400) {
  TestFrame frame = TestFrame::ping6(48);
  frame.source("2001:db8::9").u8(kUdp6, 2).u16(kUdp6 + 4, mtu >> 16).u16(kUdp6 + 6, mtu & 0xFFFF);
  const std::size_t quoted = kUdp6 + 8;
  for (std::size_t i = 0; i < 48; ++i) frame.u8(quoted + i, 0);
  frame.u8(quoted, 0x60).u16(quoted + 4, packet_bytes - 40).u8(quoted + 6, 17);
  frame.address(quoted + 8, "fd00::2").address(quoted + 24, "2001:db8::7");
  return frame.u16(quoted + 40, 4000).u16(quoted + 42, 5000).fix();
}

std::expected<PacketTooBig, DropReason> read_too_big(const TestFrame& frame) {
  const FrameVerdict verdict = parse_frame(frame.bytes(), test::our_addresses());
  EXPECT_TRUE(verdict.is_link_work()) << to_label(verdict.drop);
  return parse_packet_too_big(frame.bytes(), verdict);
}
std::string too_big_reason(const TestFrame& frame) {
  const auto parsed = read_too_big(frame);
  return std::string(to_label(parsed ? DropReason::kNone : parsed.error()));
}

TEST(PacketTooBigTest, SaysWhoseItWasAndHowMuchFits) {
  const auto expect_says = [](const TestFrame& frame, const char* local, const char* remote) {
    const auto said = read_too_big(frame);
    ASSERT_TRUE(said.has_value()) << local;
    EXPECT_EQ(said->local, (SocketAddress{ip(local), 4000}));
    EXPECT_EQ(said->remote, (SocketAddress{ip(remote), 5000}));
    EXPECT_EQ(said->packet_bytes, 1'400);
    EXPECT_EQ(said->mtu, 1'300);
  };
  expect_says(too_big4(1'300), "198.18.0.2", "203.0.113.7");
  expect_says(too_big6(1'300), "fd00::2", "2001:db8::7");
}

TEST(PacketTooBigTest, IsBoundedBelow) {
  EXPECT_EQ(read_too_big(too_big4(68))->mtu, 576);
  EXPECT_EQ(read_too_big(too_big4(576))->mtu, 576);
  EXPECT_EQ(too_big_reason(too_big6(1'280)), "none");
  EXPECT_EQ(too_big_reason(too_big6(1'279)), "icmp_not_of_ours");
}

TEST(PacketTooBigTest, OfARouterThatSaysNoSizeTheNextSmallerCommonOneIsMeant) {
  EXPECT_EQ(read_too_big(too_big4(0, 1'500))->mtu, 1'492);
  EXPECT_EQ(read_too_big(too_big4(0, 1'492))->mtu, 1'006);
  EXPECT_EQ(read_too_big(too_big4(0, 1'006))->mtu, 576);
  EXPECT_EQ(too_big_reason(too_big4(0, 576)), "icmp_not_of_ours");
}

TEST(PacketTooBigTest, AboutWhatWouldHaveFitIsNotBelieved) {
  EXPECT_EQ(too_big_reason(too_big4(1'400)), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big4(1'399)), "none");
  EXPECT_EQ(too_big_reason(too_big6(1'400)), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big6(0xFFFF'FFFF)), "icmp_not_of_ours");
}

TEST(PacketTooBigTest, ThatQuotesNothingOfOursIsNotBelieved) {
  const std::size_t v4 = kUdp4 + 8;
  const std::size_t v6 = kUdp6 + 8;
  EXPECT_EQ(too_big_reason(too_big4(1'300).address(v4 + 12, "198.18.0.3").fix()),
            "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big4(1'300).u8(v4 + 9, 6).fix()), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big4(1'300).u8(v4, 0x46).fix()), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big4(1'300).u16(v4 + 6, 7).fix()), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big6(1'300).address(v6 + 8, "fd00::3").fix()), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big6(1'300).u8(v6 + 6, 6).fix()), "icmp_not_of_ours");
  EXPECT_EQ(too_big_reason(too_big6(1'300).u8(v6, 0x45).fix()), "icmp_not_of_ours");
}

TEST(PacketTooBigTest, OfTooFewBytesOrWithAWrongChecksumIsInvalid) {
  for (std::size_t cut = 1; cut <= 28; ++cut) {
    TestFrame frame = too_big4(1'300);
    EXPECT_EQ(too_big_reason(frame.truncate(frame.size() - cut).fix()), "icmp_invalid") << cut;
  }
  for (std::size_t cut = 1; cut <= 48; ++cut) {
    TestFrame frame = too_big6(1'300);
    EXPECT_EQ(too_big_reason(frame.truncate(frame.size() - cut).fix()), "icmp_invalid") << cut;
  }
  EXPECT_EQ(too_big_reason(too_big4(1'300).flip(kUdp4 + 30, 1)), "icmp_invalid");
  EXPECT_EQ(too_big_reason(too_big6(1'300).flip(kUdp6 + 30, 1)), "icmp_invalid");
}

TEST(PacketTooBigTest, IsNoOtherMessage) {
  const auto is_one = [](const TestFrame& frame) {
    return is_packet_too_big(frame.bytes(), parse_frame(frame.bytes(), test::our_addresses()));
  };
  EXPECT_TRUE(is_one(too_big4(1'300)));
  EXPECT_TRUE(is_one(too_big6(1'300)));
  EXPECT_FALSE(is_one(too_big4(1'300).u8(kUdp4 + 1, 3).fix()));  // port unreachable
  EXPECT_FALSE(is_one(too_big6(1'300).u8(kUdp6, 1).fix()));
  EXPECT_FALSE(is_one(TestFrame::ping4()));
  EXPECT_FALSE(is_one(TestFrame::ping6()));
  EXPECT_FALSE(is_one(TestFrame::udp4()));
  EXPECT_FALSE(is_one(TestFrame::arp_request()));
}

}  // namespace
}  // namespace penstock
