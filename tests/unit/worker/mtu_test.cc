// Nothing leaves a worker that is larger than the port's MTU: what is, is counted.
#include <algorithm>

#include "dataplane/net/ethernet.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x77}};
constexpr std::uint32_t kVideoSsrc = 0x9999;
constexpr std::uint32_t kVideoRtxSsrc = 0x8888;

class MtuTest : public WorkerTest, public testing::WithParamInterface<std::size_t> {
 protected:
  MtuTest() : WorkerTest({.mtu = GetParam()}) {}

  // Packets of all sizes, the largest last.
  void receive_media(TestPeer& publisher) {
    for (std::size_t bytes = 1'000; bytes <= kDatagramBytesMax - 12 - 16; ++bytes) {
      TestRtp rtp{.sequence = ++sequence};
      rtp.payload.assign(bytes, 0);
      rtp.payload[0] = 0x10;  // VP8, start of a keyframe
      receive_rtp(publisher, rtp);
      run();
    }
  }

  std::size_t largest_sent_frame() {
    std::size_t largest = 0;
    for (std::vector<std::uint8_t> frame; host.take_sent(frame);) {
      largest = std::max(largest, frame.size());
    }
    return largest;
  }

  void receive_ping(std::size_t frame_bytes) {
    std::vector<std::uint8_t> frame(frame_bytes);
    const std::size_t icmp_at = kEthernetHeaderBytes + kIpv4HeaderBytes;
    write_ethernet_header(frame.data(), {addresses.mac, kPeerMac, kEtherTypeIpv4});
    write_ipv4_header(frame.data() + kEthernetHeaderBytes,
                      {IpAddress::from_v4({198, 18, 1, 9}), addresses.ipv4.address, kProtocolIcmp,
                       kHopLimit, static_cast<std::uint16_t>(frame_bytes - icmp_at)});
    frame[icmp_at] = 8;  // echo request
    store_icmp_checksum(std::span(frame).subspan(icmp_at));
    receive_frame(frame);
    run();
  }

  const std::size_t frame_bytes_max = kEthernetHeaderBytes + GetParam();
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_P(MtuTest, MediaFillsTheFrameAndWhatExceedsItIsCounted) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher), kVideoSsrc);
  receive_media(publisher);
  EXPECT_EQ(largest_sent_frame(), frame_bytes_max);
  // Without the MID it is no longer than it came in: at the largest MTU everything fits.
  EXPECT_EQ(drops(DropReason::kPacketTooLarge) > 0, GetParam() < kMtuMax);
  EXPECT_EQ(all_drops(), drops(DropReason::kPacketTooLarge));
}

TEST_P(MtuTest, APacketThatFillsTheFrameGoesWithoutItsMid) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher), kVideoSsrc);
  receive_media(publisher);
  const std::size_t mid_bytes = 8;  // an extension with one character
  for (const auto& packet : take_media(receiver)) {
    const auto header = parse_rtp_header(packet);
    ASSERT_TRUE(header.has_value());
    const std::size_t payload_bytes = packet.size() - header->header_bytes;
    const std::size_t frame_bytes = 42 + 12 + mid_bytes + payload_bytes + 16;
    EXPECT_EQ(header->has_extension, frame_bytes <= frame_bytes_max) << payload_bytes;
  }
}

TEST_P(MtuTest, ReceiversOverIpv6HaveALongerHeaderInTheSameFrame) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_peer();
  receiver.address = {parse_ip_address("fd00:198:18::9").value(), 9'000};
  registry->add_flow(receiver.transport,
                     {.remote_mac = kPeerMac,
                      .remote = receiver.address,
                      .local = {parse_ip_address("fd00:198:18::1").value(), kPortBase}},
                     stun::Nomination{});
  set_keys(receiver);
  subscribe(receiver, add_stream(publisher), kVideoSsrc);
  receive_media(publisher);
  EXPECT_EQ(largest_sent_frame(), frame_bytes_max);
  EXPECT_GT(drops(DropReason::kPacketTooLarge), 0U);
}

TEST_P(MtuTest, WhatIsSentAgainIsTwoBytesLongerAndMayNotFitAnyMore) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher), kVideoSsrc, false, kVideoRtxSsrc);
  receive_media(publisher);
  const auto media = take_media(receiver);
  ASSERT_GE(media.size(), 5U);
  std::vector<std::uint16_t> largest;
  for (std::size_t i = media.size() - 5; i < media.size(); ++i) {
    largest.push_back(parse_rtp_header(media[i])->sequence_number);
  }
  const std::uint64_t before = drops(DropReason::kPacketTooLarge);
  std::vector<std::uint8_t> plain(200);
  ByteWriter writer(plain);
  ASSERT_EQ(write_nack(writer, 1, kVideoSsrc, largest), 5U);
  receive(receiver, srtcp(receiver, std::span(plain).first(writer.size())));
  run();
  EXPECT_EQ(stats[0].media_resent.get(), 3U);
  EXPECT_EQ(drops(DropReason::kPacketTooLarge), before + 2);
  EXPECT_EQ(largest_sent_frame(), frame_bytes_max);
}

TEST_P(MtuTest, APingIsAnsweredIfItsAnswerFits) {
  receive_ping(frame_bytes_max);
  EXPECT_EQ(largest_sent_frame(), frame_bytes_max);
  EXPECT_EQ(all_drops(), 0U);
  receive_ping(frame_bytes_max + 1);
  EXPECT_EQ(largest_sent_frame(), 0U);
  EXPECT_EQ(drops(DropReason::kPacketTooLarge), 1U);
}

INSTANTIATE_TEST_SUITE_P(SmallestAndLargest, MtuTest, testing::Values(kMtuMin, kMtuMax));

}  // namespace
}  // namespace penstock
