#include "dataplane/net/udp_writer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/net/udp_parser.h"
#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;

Path path_to_peer(bool is_ipv6) {
  return is_ipv6 ? Path{test::kPeerMac, {ip("2001:db8::7"), 5000}, {ip("fd00::2"), 4000}}
                 : Path{test::kPeerMac, {ip("203.0.113.7"), 5000}, {ip("198.18.0.2"), 4000}};
}

std::vector<std::uint8_t> write(const UdpPathTemplate& path, std::size_t payload_bytes,
                                std::uint64_t seed = 1) {
  Prng prng(seed);
  std::vector<std::uint8_t> frame(path.header_bytes + payload_bytes);
  for (auto& byte : frame) byte = static_cast<std::uint8_t>(prng.next_u32());
  write_udp_headers(path, frame.data(), payload_bytes);
  return frame;
}

// The peer's side of our link: what it sees of a frame that we wrote.
FrameVerdict parse_at_peer(std::span<const std::uint8_t> frame) {
  InterfaceAddresses peer;
  peer.mac = test::kPeerMac;
  peer.ipv4 = {ip("203.0.113.7"), {}, 24};
  peer.ipv6 = {ip("2001:db8::7"), {}, 64};
  return parse_frame(frame, peer);
}

TEST(UdpWriter, WritesTheHeadersByteForByte) {
  const UdpPathTemplate path = make_udp_path_template(path_to_peer(false), test::kOurMac);
  ASSERT_EQ(path.header_bytes, 42);
  std::vector<std::uint8_t> frame(46, 0xAA);
  write_udp_headers(path, frame.data(), 4);
  // clang-format off
  const std::vector<std::uint8_t> expected = {
      0x02, 0, 0, 0, 0, 1,  0x02, 0, 0, 0, 0, 2,  0x08, 0x00,  // to the peer's MAC from ours, IPv4
      0x45, 0, 0, 32,                                          // version, IHL, total length
      0, 0, 0x40, 0,                                           // identification 0, DF
      64, 17, 0x38, 0xb1,                                      // TTL, UDP, header checksum
      198, 18, 0, 2,  203, 0, 113, 7,                          // addresses
      0x0F, 0xA0, 0x13, 0x88,  0, 12,  0, 0,                   // ports, length, no checksum
      0xAA, 0xAA, 0xAA, 0xAA};
  // clang-format on
  EXPECT_EQ(frame, expected);
}

TEST(UdpWriter, WritesWhatTheParserReadsForAllLengths) {
  for (const bool is_ipv6 : {false, true}) {
    const Path path = path_to_peer(is_ipv6);
    const UdpPathTemplate built = make_udp_path_template(
        path, test::kOurMac, {.ipv4_udp_checksum = Ipv4UdpChecksum::kCompute});
    for (std::size_t length = 0; length <= 1'472; ++length) {
      const auto frame = write(built, length, length);
      const FrameVerdict verdict = parse_at_peer(frame);
      ASSERT_EQ(to_label(verdict.drop), "none") << length;
      ASSERT_EQ(verdict.payload_bytes, length);
      ASSERT_EQ(verdict.path, (Path{test::kOurMac, path.local, path.remote}));
    }
  }
}

TEST(UdpWriter, ComputesTheIpv6ChecksumAsTheNaiveOne) {
  const UdpPathTemplate path = make_udp_path_template(path_to_peer(true), test::kOurMac);
  for (std::size_t length : {0U, 1U, 2U, 7U, 8U, 9U, 31U, 32U, 33U, 1'099U, 1'100U}) {
    const auto frame = write(path, length);
    test::TestFrame reference(frame);
    reference.fix_checksums();
    EXPECT_EQ(frame, reference.bytes()) << length;
  }
}

TEST(UdpWriter, NeverSendsAZeroChecksumOverIpv6) {
  const UdpPathTemplate path = make_udp_path_template(path_to_peer(true), test::kOurMac);
  std::vector<std::uint8_t> frame(path.header_bytes + 2U);
  int all_ones = 0;
  for (unsigned word = 0; word <= 0xFFFF; ++word) {
    store_be16(&frame[62], static_cast<std::uint16_t>(word));
    write_udp_headers(path, frame.data(), 2);
    const std::uint16_t checksum = load_be16(&frame[60]);
    ASSERT_NE(checksum, 0) << word;
    if (checksum == 0xFFFF) ++all_ones;
  }
  EXPECT_GE(all_ones, 1);
}

// RFC 768: what the port adds to it, headers and payload, makes it right.
TEST(UdpWriter, LeavesThePseudoHeadersSumToThePort) {
  for (const bool is_ipv6 : {false, true}) {
    for (const std::uint16_t vlan_id : {std::uint16_t{0}, std::uint16_t{7}}) {
      UdpPathOptions options{.vlan_id = vlan_id, .ipv4_udp_checksum = Ipv4UdpChecksum::kCompute};
      const UdpPathTemplate whole =
          make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac, options);
      options.checksum = UdpChecksum::kLeftToPort;
      const UdpPathTemplate left =
          make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac, options);
      EXPECT_FALSE(covers_payload(left));
      EXPECT_EQ(ip_offset(left), vlan_id == 0 ? 14U : 18U);
      for (const std::size_t length : {0U, 1U, 100U, 1'100U}) {
        auto frame = write(left, length);
        std::uint8_t* udp = &frame[left.header_bytes - kUdpHeaderBytes];
        const std::uint16_t checksum = internet_checksum({udp, kUdpHeaderBytes + length});
        store_be16(udp + 6, checksum);
        EXPECT_EQ(frame, write(whole, length)) << length;
      }
    }
  }
}

TEST(UdpWriter, LeavesChecksumsToWhoeverSends) {
  for (const bool is_ipv6 : {false, true}) {
    const auto path = make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac,
                                             {.checksum = UdpChecksum::kNone});
    EXPECT_FALSE(covers_payload(path));
    EXPECT_EQ(load_be16(&write(path, 100)[path.header_bytes - 2U]), 0);
  }
}

TEST(UdpWriter, LeavesTheIpv4UdpChecksumOutUnlessAsked) {
  const Path path = path_to_peer(false);
  EXPECT_EQ(load_be16(&write(make_udp_path_template(path, test::kOurMac), 100)[40]), 0);
  const auto with =
      make_udp_path_template(path, test::kOurMac, {.ipv4_udp_checksum = Ipv4UdpChecksum::kCompute});
  EXPECT_NE(load_be16(&write(with, 100)[40]), 0);
}

TEST(UdpWriter, TagsTheFramesOfAVlan) {
  constexpr std::uint16_t kVlan = 0x123;
  for (const bool is_ipv6 : {false, true}) {
    const Path path = path_to_peer(is_ipv6);
    const UdpPathTemplate plain = make_udp_path_template(path, test::kOurMac);
    const UdpPathTemplate tagged = make_udp_path_template(path, test::kOurMac, {.vlan_id = kVlan});
    EXPECT_EQ(tagged.header_bytes, plain.header_bytes + 4);
    EXPECT_EQ(tagged.is_ipv4(), !is_ipv6);
    EXPECT_EQ(tagged.frame_bytes_max, plain.frame_bytes_max + 4);
    EXPECT_EQ(next_hop_of(tagged), test::kPeerMac);
    for (const std::size_t length : {0U, 1U, 100U, 1'440U}) {
      std::vector<std::uint8_t> frame(plain.header_bytes + length, 0x5A);
      std::vector<std::uint8_t> expected = frame;
      frame.resize(tagged.header_bytes + length, 0x5A);
      write_checksummed_udp_headers(plain, expected.data(), length);
      write_checksummed_udp_headers(tagged, frame.data(), length);
      expected.insert(expected.begin() + 12, {0x81, 0x00, 0x01, 0x23});
      EXPECT_EQ(frame, expected) << length;
    }
  }
}

TEST(UdpWriter, WritesTheSameWithAChecksumWhateverThePathSays) {
  for (const bool is_ipv6 : {false, true}) {
    const UdpPathTemplate path = make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac);
    for (const std::size_t length : {0U, 1U, 99U, 100U}) {
      auto frame = write(path, length);
      write_checksummed_udp_headers(path, frame.data(), length);
      EXPECT_NE(load_be16(&frame[path.header_bytes - 2U]), 0);
      test::TestFrame reference(write(path, length));
      EXPECT_EQ(frame, reference.fix_checksums().bytes()) << length;
    }
  }
}

TEST(UdpWriter, WhatRoutersMayCutHasItsNumberAndARightChecksum) {
  const UdpPathTemplate path = make_udp_path_template(path_to_peer(false), test::kOurMac);
  auto frame = write(path, 100);
  allow_fragmentation(path, frame.data(), 0x1234);
  EXPECT_EQ(load_be16(&frame[18]), 0x1234);
  EXPECT_EQ(load_be16(&frame[20]), 0);
  EXPECT_EQ(parse_at_peer(frame).kind, FrameKind::kUdp);
}

TEST(UdpWriter, MarksTheTrafficClass) {
  constexpr std::uint8_t kExpeditedForwarding = 46;
  const UdpPathOptions options{.dscp = kExpeditedForwarding};
  const auto v4 = write(make_udp_path_template(path_to_peer(false), test::kOurMac, options), 10);
  EXPECT_EQ(v4[15], kExpeditedForwarding << 2);
  EXPECT_EQ(parse_at_peer(v4).kind, FrameKind::kUdp);
  const auto v6 = write(make_udp_path_template(path_to_peer(true), test::kOurMac, options), 10);
  EXPECT_EQ(load_be32(&v6[14]), 0x6000'0000U | (std::uint32_t{kExpeditedForwarding} << 22));
  EXPECT_EQ(parse_at_peer(v6).kind, FrameKind::kUdp);
}

TEST(UdpWriter, ChangesTheTrafficClassOfOnePacket) {
  for (const bool is_ipv6 : {false, true})
    for (const std::uint16_t vlan : std::initializer_list<std::uint16_t>{0, 7})
      for (std::uint8_t from = 0; from < 64; ++from) {
        const auto with = [&](std::uint8_t dscp) {
          return make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac,
                                        {.vlan_id = vlan, .dscp = dscp});
        };
        auto frame = write(with(from), 10);
        set_dscp(with(from), frame.data(), kDscpAudio);
        EXPECT_EQ(frame, write(with(kDscpAudio), 10)) << int{from};
      }
}

TEST(UdpWriter, DoesNotTouchThePayload) {
  for (const bool is_ipv6 : {false, true}) {
    const UdpPathTemplate path = make_udp_path_template(path_to_peer(is_ipv6), test::kOurMac);
    std::vector<std::uint8_t> frame(path.header_bytes + 50U, 0x5A);
    write_udp_headers(path, frame.data(), 50);
    EXPECT_EQ(std::vector<std::uint8_t>(frame.begin() + path.header_bytes, frame.end()),
              std::vector<std::uint8_t>(50, 0x5A));
  }
}

}  // namespace
}  // namespace penstock
