// The validation of RFC 4861 section 7.1, whoever the message is for.
#include "dataplane/net/ndp.h"

#include <gtest/gtest.h>

#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;
using test::kUdp6;
using test::TestFrame;

DropReason parse(const TestFrame& frame, const Ipv6Header& header, NeighborMessage& parsed) {
  return parse_neighbor_message(std::span(frame.bytes()).subspan(kUdp6), header, parsed);
}

Ipv6Header header_of(const char* source, const char* destination) {
  return {ip(source), ip(destination), 58, kNeighborHopLimit, 32};
}

TEST(NeighborMessage, IsReadAsItWasWritten) {
  NeighborMessage message;
  message.target = ip("fd00::9");
  message.router = true;
  message.solicited = true;
  message.override_flag = true;
  message.link_layer_address = test::kOtherMac;
  for (const bool is_solicitation : {false, true}) {
    message.is_solicitation = is_solicitation;
    std::vector<std::uint8_t> frame(kNeighborFrameBytes);
    write_neighbor_frame(frame.data(),
                         {test::kOurMac, test::kPeerMac, ip("fd00::2"), ip("fd00::1")}, message);
    NeighborMessage parsed;
    ASSERT_EQ(parse(TestFrame(frame), header_of("fd00::2", "fd00::1"), parsed), DropReason::kNone);
    EXPECT_EQ(parsed.is_solicitation, is_solicitation);
    EXPECT_EQ(parsed.target, message.target);
    EXPECT_TRUE(parsed.has_link_layer_address);
    EXPECT_EQ(parsed.link_layer_address, test::kOtherMac);
    // A solicitation has no flags.
    EXPECT_EQ(parsed.router, !is_solicitation);
    EXPECT_EQ(parsed.solicited, !is_solicitation);
    EXPECT_EQ(parsed.override_flag, !is_solicitation);
  }
}

TEST(NeighborMessage, HasNoMulticastTarget) {
  NeighborMessage parsed;
  const Ipv6Header header = header_of("fd00::1", "fd00::2");
  for (TestFrame frame :
       {TestFrame::neighbor_solicitation(), TestFrame::neighbor_advertisement()}) {
    EXPECT_EQ(parse(frame, header, parsed), DropReason::kNone);
    frame.address(kUdp6 + 8, "ff02::1");
    EXPECT_EQ(parse(frame, header, parsed), DropReason::kNdpInvalid);
  }
}

TEST(NeighborMessage, FromNobodyGoesToASolicitedNodeGroup) {
  NeighborMessage parsed;
  const TestFrame frame = TestFrame::neighbor_solicitation().truncate(kUdp6 + 24);
  EXPECT_EQ(parse(frame, header_of("::", "ff02::1:ff00:2"), parsed), DropReason::kNone);
  EXPECT_EQ(parse(frame, header_of("::", "ff02::1"), parsed), DropReason::kNdpInvalid);
  EXPECT_EQ(parse(frame, header_of("::", "fd00::2"), parsed), DropReason::kNdpInvalid);
}

TEST(NeighborMessage, IsNoOtherIcmpv6Message) {
  NeighborMessage parsed;
  for (unsigned type = 0; type < 256; ++type) {
    const TestFrame frame = TestFrame::neighbor_solicitation().u8(kUdp6, type);
    EXPECT_EQ(parse(frame, header_of("fd00::1", "fd00::2"), parsed) == DropReason::kNone,
              type == 135 || type == 136);
  }
}

}  // namespace
}  // namespace penstock
