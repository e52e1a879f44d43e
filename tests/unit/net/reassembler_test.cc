// Fragments as they are parsed from frames, and what becomes of them.
#include "dataplane/net/reassembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/ip_fragments.h"
#include "tests/unit/net/test_frame.h"

namespace penstock::test {
namespace {

using Frames = std::vector<std::vector<std::uint8_t>>;

class ReassemblerTest : public testing::Test {
 protected:
  // The frame of a datagram whose bytes can be told apart.
  static TestFrame numbered(TestFrame frame, std::size_t headers) {
    for (std::size_t i = headers; i < frame.size(); ++i)
      frame.u8(i, static_cast<unsigned>(i * 7 % 251));
    return frame.fix();
  }
  static TestFrame datagram4(std::size_t bytes = 4'000) {
    return numbered(TestFrame::udp4(bytes), kData4);
  }
  static TestFrame datagram6(std::size_t bytes = 4'000) {
    return numbered(TestFrame::udp6(bytes), kData6);
  }

  DropReason parse(const std::vector<std::uint8_t>& frame, IpFragment& fragment) const {
    return parse_ip_fragment(frame, our_addresses(), {}, fragment);
  }
  Reassembler::Result take(const std::vector<std::uint8_t>& frame) {
    IpFragment fragment;
    const DropReason reason = parse(frame, fragment);
    if (reason != DropReason::kNone) return {.drop = reason, .packet = {}};
    return reassembler.take(fragment, now);
  }
  // What the last of the frames completes; nothing must come of those before it.
  std::vector<std::uint8_t> take_all(const Frames& frames) {
    for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
      const auto result = take(frames[i]);
      EXPECT_EQ(result.drop, DropReason::kNone) << to_label(result.drop);
      EXPECT_TRUE(result.packet.empty());
    }
    const auto result = take(frames.back());
    EXPECT_EQ(result.drop, DropReason::kNone) << to_label(result.drop);
    return {result.packet.begin(), result.packet.end()};
  }
  static std::vector<std::uint8_t> ip_payload(const TestFrame& frame, std::size_t at) {
    return {frame.bytes().begin() + static_cast<std::ptrdiff_t>(at), frame.bytes().end()};
  }

  Reassembler reassembler;
  Timestamp now = kSecond;
};

TEST_F(ReassemblerTest, PutsADatagramTogetherInAnyOrder) {
  for (const bool is_v4 : {true, false}) {
    const TestFrame frame = is_v4 ? datagram4() : datagram6();
    Frames frames = ip_fragments(frame.bytes(), 1'480, 7);
    ASSERT_EQ(frames.size(), 3U);
    std::ranges::sort(frames);
    do {
      EXPECT_EQ(take_all(frames), ip_payload(frame, is_v4 ? kUdp4 : kUdp6));
    } while (std::ranges::next_permutation(frames).found);
  }
}

// RFC 6946: it is taken as any packet is.
TEST_F(ReassemblerTest, OneThatIsWholeByItselfIsNoFragment) {
  const auto frames = ip_fragments(TestFrame::udp6(100).bytes(), 1'480, 7);
  ASSERT_EQ(frames.size(), 1U);
  IpFragment fragment;
  EXPECT_EQ(parse_ip_fragment(frames[0], our_addresses(), {}, fragment), DropReason::kIpFragment);
  EXPECT_EQ(parse_frame(frames[0], our_addresses()).kind, FrameKind::kUdp);
}

TEST_F(ReassemblerTest, TellsDatagramsApartByIdentificationAndSource) {
  const Frames one = ip_fragments(datagram4().bytes(), 1'480, 1);
  const Frames two = ip_fragments(datagram4().bytes(), 1'480, 2);
  const Frames other = ip_fragments(datagram4().source("203.0.113.8").fix().bytes(), 1'480, 1);
  for (std::size_t i = 0; i < 3; ++i) {
    for (const Frames* frames : {&one, &two, &other}) {
      EXPECT_EQ(take((*frames)[i]).packet.empty(), i < 2);
    }
  }
}

TEST_F(ReassemblerTest, AFragmentThatComesTwiceIsLeftOut) {
  const TestFrame frame = datagram4();
  Frames frames = ip_fragments(frame.bytes(), 1'480, 7);
  frames.insert(frames.begin(), frames[0]);
  EXPECT_EQ(take_all(frames), ip_payload(frame, kUdp4));
}

TEST_F(ReassemblerTest, AnOverlapMakesAllOfItVoid) {
  const TestFrame frame = datagram4();
  const Frames frames = ip_fragments(frame.bytes(), 1'480, 7);
  const Frames shifted = ip_fragments(frame.bytes(), 1'472, 7);
  TestFrame forged(frames[0]);
  forged.flip(60, 1);
  for (const auto& overlapping : {shifted[1], forged.bytes()}) {
    reassembler = {};
    EXPECT_EQ(take(frames[0]).drop, DropReason::kNone);
    EXPECT_EQ(take(overlapping).drop, DropReason::kFragmentOverlap);
    EXPECT_EQ(take(frames[1]).drop, DropReason::kFragmentOverlap) << "and what comes later, too";
    EXPECT_EQ(take(frames[2]).drop, DropReason::kFragmentOverlap);
  }
}

TEST_F(ReassemblerTest, TwoEndsContradictEachOther) {
  const Frames longer = ip_fragments(datagram4(4'000).bytes(), 1'480, 7);
  const Frames shorter = ip_fragments(datagram4(2'000).bytes(), 1'480, 7);
  take(longer[2]);
  EXPECT_EQ(take(shorter[1]).drop, DropReason::kFragmentOverlap);
  reassembler = {};
  take(shorter[1]);
  EXPECT_EQ(take(longer[2]).drop, DropReason::kFragmentOverlap);
}

TEST_F(ReassemblerTest, IsBoundedInSizePartsCountAndTime) {
  EXPECT_EQ(take(ip_fragments(datagram4(kReassembledBytesMax).bytes(), 1'480, 1).back()).drop,
            DropReason::kFragmentTooLarge);
  const Frames small = ip_fragments(datagram4().bytes(), 64, 2);
  for (std::size_t i = 0; i < kFragmentsPerDatagramMax; ++i)
    EXPECT_EQ(take(small[i]).drop, DropReason::kNone);
  EXPECT_EQ(take(small[kFragmentsPerDatagramMax]).drop, DropReason::kFragmentTooMany);

  reassembler = {};
  const auto first_of = [](unsigned host, std::uint32_t identification) {
    TestFrame frame = datagram4();
    frame.source("203.0.113." + std::to_string(host)).fix();
    return ip_fragments(frame.bytes(), 1'480, identification)[0];
  };
  for (std::uint32_t i = 0; i < kReassembliesPerSourceMax; ++i)
    EXPECT_EQ(take(first_of(1, i)).drop, DropReason::kNone);
  EXPECT_EQ(take(first_of(1, 99)).drop, DropReason::kFragmentTooMany) << "of one source";
  for (std::uint32_t i = kReassembliesPerSourceMax; i < kReassembliesMax; ++i)
    EXPECT_EQ(take(first_of(2 + i / 4, i)).drop, DropReason::kNone) << i;
  EXPECT_EQ(take(first_of(200, 1)).drop, DropReason::kFragmentTooMany) << "of all together";
  EXPECT_EQ(reassembler.expire(now + kReassemblyTimeout - 1), 0U);
  EXPECT_EQ(reassembler.expire(now + kReassemblyTimeout), kReassembliesMax);
  EXPECT_EQ(take(first_of(200, 1)).drop, DropReason::kNone);
}

TEST_F(ReassemblerTest, WhatCannotBeAFragmentOfOursIsRefused) {
  const auto first4 = ip_fragments(datagram4().bytes(), 1'480, 7)[0];
  const auto first6 = ip_fragments(datagram6().bytes(), 1'480, 7)[0];
  const auto verdict = [&](TestFrame frame) {
    IpFragment fragment;
    return parse(frame.bytes(), fragment);
  };
  const auto fixed4 = [&](TestFrame frame) { return verdict(frame.fix_checksums()); };
  EXPECT_EQ(verdict(TestFrame(first4)), DropReason::kNone);
  EXPECT_EQ(verdict(TestFrame(first6)), DropReason::kNone);
  EXPECT_EQ(verdict(TestFrame(first4).flip(kIp + 8, 1)), DropReason::kIpv4BadChecksum);
  EXPECT_EQ(fixed4(TestFrame(first4).destination("198.18.0.3")), DropReason::kIpFragment);
  EXPECT_EQ(fixed4(TestFrame(first4).source("127.0.0.1")), DropReason::kIpFragment);
  EXPECT_EQ(fixed4(TestFrame(first4).u8(kIp + 9, 6)), DropReason::kIpFragment) << "TCP";
  EXPECT_EQ(fixed4(TestFrame(first4).u16(kIp + 2, 20 + 1'479)), DropReason::kFragmentInvalid);
  EXPECT_EQ(fixed4(TestFrame(first4).u16(kIp + 2, 20)), DropReason::kFragmentInvalid);
  EXPECT_EQ(fixed4(TestFrame(first4).u16(kIp + 6, 0x3FFF)), DropReason::kFragmentInvalid);
  EXPECT_EQ(verdict(TestFrame(first4).destination_mac(kOtherMac)), DropReason::kEthernetNotForUs);
  EXPECT_EQ(verdict(TestFrame(first4).truncate(200)), DropReason::kIpv4Truncated);
  EXPECT_EQ(verdict(TestFrame(first6).u8(kIp + 40, 60)), DropReason::kIpFragment)
      << "destination options in front of UDP";
  EXPECT_EQ(verdict(TestFrame(first6).destination("fd00::3")), DropReason::kIpFragment);
  EXPECT_EQ(verdict(TestFrame(first6).truncate(60)), DropReason::kIpv6Truncated);
}

}  // namespace
}  // namespace penstock::test
