#include "dataplane/net/udp_parser.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;
using test::kIp;
using test::TestFrame;

FrameVerdict parse(const TestFrame& frame, const ParseOptions& options = {}) {
  return parse_frame(frame.bytes(), test::our_addresses(), options);
}

TEST(UdpParser, SaysWhereAnIpv4DatagramCameFromAndWhereItsPayloadIs) {
  const FrameVerdict verdict = parse(TestFrame::udp4(100));
  EXPECT_EQ(verdict.kind, FrameKind::kUdp);
  EXPECT_EQ(verdict.drop, DropReason::kNone);
  EXPECT_EQ(verdict.path.remote_mac, test::kPeerMac);
  EXPECT_EQ(verdict.path.remote, (SocketAddress{ip("203.0.113.7"), 5000}));
  EXPECT_EQ(verdict.path.local, (SocketAddress{ip("198.18.0.2"), 4000}));
  EXPECT_EQ(verdict.payload_offset, 42);
  EXPECT_EQ(verdict.payload_bytes, 100);
  EXPECT_EQ(verdict.hop_limit, 61);
  EXPECT_FALSE(verdict.is_link_work());
}

TEST(UdpParser, SaysWhereAnIpv6DatagramCameFromAndWhereItsPayloadIs) {
  const FrameVerdict verdict = parse(TestFrame::udp6(100));
  EXPECT_EQ(verdict.kind, FrameKind::kUdp);
  EXPECT_EQ(verdict.path.remote, (SocketAddress{ip("2001:db8::7"), 5000}));
  EXPECT_EQ(verdict.path.local, (SocketAddress{ip("fd00::2"), 4000}));
  EXPECT_EQ(verdict.payload_offset, 62);
  EXPECT_EQ(verdict.payload_bytes, 100);
}

TEST(UdpParser, SaysWhatRoutersSayOfCongestion) {
  for (std::uint8_t ecn = 0; ecn < 4; ++ecn) {
    EXPECT_EQ(parse(TestFrame::udp4().u8(kIp + 1, 0xB8U | ecn).fix()).ecn, ecn);
    EXPECT_EQ(parse(TestFrame::udp6().u16(kIp, 0x6B8FU | (unsigned{ecn} << 4))).ecn, ecn);
  }
}

TEST(UdpParser, DoesNotCountPaddingAsPayload) {
  EXPECT_EQ(parse(TestFrame::udp4(4).append(14)).payload_bytes, 4);
  EXPECT_EQ(parse(TestFrame::udp6(4).append(14)).payload_bytes, 4);
}

TEST(UdpParser, EndsThePayloadWhereUdpSaysSo) {
  TestFrame frame = TestFrame::udp4(20);
  frame.u16(test::kUdp4 + 4, 8 + 15).fix_checksums();
  EXPECT_EQ(parse(frame).kind, FrameKind::kUdp);
  EXPECT_EQ(parse(frame).payload_bytes, 15);
}

TEST(UdpParser, BelievesTheDeviceOnlyWhenItSaysGood) {
  TestFrame bad_ip = TestFrame::udp4();
  bad_ip.flip(24, 1);
  EXPECT_EQ(parse(bad_ip).drop, DropReason::kIpv4BadChecksum);
  EXPECT_EQ(parse(bad_ip, {.ipv4_checksum_known_good = true}).kind, FrameKind::kUdp);
  for (TestFrame bad_udp : {TestFrame::udp4(), TestFrame::udp6()}) {
    bad_udp.flip(bad_udp.size() - 1, 1);
    EXPECT_EQ(parse(bad_udp, {.ipv4_checksum_known_good = true}).drop, DropReason::kUdpBadChecksum);
    EXPECT_EQ(parse(bad_udp, {.udp_checksum_known_good = true}).kind, FrameKind::kUdp);
  }
}

TEST(UdpParser, RefusesAZeroChecksumOverIpv6EvenIfTheDeviceLikesIt) {
  TestFrame frame = TestFrame::udp6();
  frame.u16(test::kUdp6 + 6, 0);
  EXPECT_EQ(parse(frame, {.udp_checksum_known_good = true}).drop, DropReason::kUdpBadChecksum);
}

TEST(UdpParser, AcceptsEveryPayloadLengthOfAnEthernetFrame) {
  for (std::size_t length = 0; length <= 1'472; ++length) {
    ASSERT_EQ(parse(TestFrame::udp4(length)).payload_bytes, length);
    ASSERT_EQ(parse(TestFrame::udp4(length)).kind, FrameKind::kUdp);
    if (length <= 1'452) {
      ASSERT_EQ(parse(TestFrame::udp6(length)).kind, FrameKind::kUdp);
    }
  }
}

TEST(UdpParser, JudgesAFrameTheSameAtEveryAlignment) {
  for (const TestFrame& frame : {TestFrame::udp4(33), TestFrame::udp6(33)}) {
    for (std::size_t offset = 0; offset < 8; ++offset) {
      std::vector<std::uint8_t> buffer(offset + frame.size());
      std::memcpy(buffer.data() + offset, frame.bytes().data(), frame.size());
      const FrameVerdict verdict =
          parse_frame(std::span(buffer).subspan(offset), test::our_addresses());
      EXPECT_EQ(verdict.kind, FrameKind::kUdp);
      EXPECT_EQ(verdict.path, parse(frame).path);
    }
  }
}

TEST(UdpParser, DetectsEveryFlippedBitOfAnIpv6Datagram) {
  const TestFrame good = TestFrame::udp6(24);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      TestFrame frame = good;
      frame.flip(at, 1U << bit);
      const FrameVerdict verdict = parse(frame);
      // The source MAC, traffic class, flow label and hop limit are covered by nothing.
      const bool is_uncovered = (at >= 6 && at < 12) || (at >= 14 && at < 18) || at == 21;
      if (is_uncovered) continue;
      EXPECT_EQ(verdict.kind, FrameKind::kDropped) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(UdpParser, SpeaksOnlyTheFamiliesItHasAddressesOf) {
  InterfaceAddresses ipv4_only = test::our_addresses();
  ipv4_only.ipv6 = {};
  EXPECT_EQ(parse_frame(TestFrame::udp6().bytes(), ipv4_only).drop, DropReason::kIpNotForUs);
  EXPECT_EQ(parse_frame(TestFrame::neighbor_solicitation().bytes(), ipv4_only).drop,
            DropReason::kEthernetNotForUs);
  InterfaceAddresses ipv6_only = test::our_addresses();
  ipv6_only.ipv4 = {};
  EXPECT_EQ(parse_frame(TestFrame::udp4().bytes(), ipv6_only).drop, DropReason::kIpNotForUs);
  EXPECT_EQ(parse_frame(TestFrame::udp4().destination("0.0.0.0").fix().bytes(), ipv6_only).drop,
            DropReason::kIpNotForUs);
}

}  // namespace
}  // namespace penstock
