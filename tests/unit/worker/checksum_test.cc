// Which datagrams have a UDP checksum, over IPv4, where it is optional, and over IPv6; and whether
// the worker computes it or the port.
#include "dataplane/base/byte_writer.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/rtp/demux.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class ChecksumTest : public WorkerTest {
 protected:
  explicit ChecksumTest(const WorkerTestConfig& config = {})
      : WorkerTest(config), publisher(add_connected_peer()), receiver(add_connected_peer()) {
    subscribe(receiver, add_stream(publisher));
    run();
    static_cast<void>(take_sent());
  }

  struct Checksums {
    int with = 0;
    int without = 0;
  };
  // Of what was sent of this kind. One that is there is right.
  Checksums take_checksums(DatagramKind kind) {
    Checksums found;
    for (std::vector<std::uint8_t> frame; host.take_sent(frame);) {
      const bool is_v4 = load_be16(&frame[12]) == kEtherTypeIpv4;
      if (!is_v4 && frame[20] != kProtocolUdp) continue;  // an announcement
      InterfaceAddresses peer;
      peer.mac = MacAddress::from_bytes(frame.data());
      if (is_v4) {
        peer.ipv4 = {IpAddress::from_v4_bytes(&frame[30]), {}, 16};
      } else {
        peer.ipv6 = {IpAddress::from_v6_bytes(&frame[38]), {}, 64};
      }
      const FrameVerdict verdict = parse_frame(frame, peer);
      EXPECT_EQ(verdict.kind, FrameKind::kUdp) << to_label(verdict.drop);
      const auto datagram = std::span(frame).subspan(verdict.payload_offset, verdict.payload_bytes);
      if (classify_datagram(datagram) != kind) continue;
      ++(load_be16(&frame[is_v4 ? 40 : 60]) != 0 ? found.with : found.without);
    }
    return found;
  }
  void publish() {
    for (std::uint64_t i = 0; i < 5; ++i)
      receive_rtp(publisher, {.sequence = TestRtp{}.sequence + i, .mid = "v"});
    run();
  }

  TestPeer& publisher;
  TestPeer& receiver;
};

TEST_F(ChecksumTest, AnswersToChecksHaveOne) {
  receive(receiver, check());
  run();
  EXPECT_EQ(take_checksums(DatagramKind::kStun).with, 1);
}

TEST_F(ChecksumTest, DtlsHasOne) {
  registry->send_datagram(0,
                          {.remote_mac = kPeerMac,
                           .remote = receiver.address,
                           .local = {addresses.ipv4.address, kPortBase}},
                          std::vector<std::uint8_t>{21, 0xFE, 0xFD, 0});
  run();
  EXPECT_EQ(take_checksums(DatagramKind::kDtls).with, 1);
}

TEST_F(ChecksumTest, RtcpHasOne) {
  publish();
  static_cast<void>(take_sent());
  run_for(3 * kSecond);
  const Checksums found = take_checksums(DatagramKind::kRtcp);
  EXPECT_GT(found.with, 0);
  EXPECT_EQ(found.without, 0);
}

TEST_F(ChecksumTest, MediaHasNone) {
  publish();
  const Checksums found = take_checksums(DatagramKind::kRtp);
  EXPECT_EQ(found.without, 5);
  EXPECT_EQ(found.with, 0);
}

class MediaChecksumTest : public ChecksumTest {
 protected:
  MediaChecksumTest() : ChecksumTest({.media_checksum = Ipv4UdpChecksum::kCompute}) {}
};

TEST_F(MediaChecksumTest, MediaHasOneIfItIsConfigured) {
  publish();
  const Checksums found = take_checksums(DatagramKind::kRtp);
  EXPECT_EQ(found.with, 5);
  EXPECT_EQ(found.without, 0);
  EXPECT_EQ(host.finished_checksums(), 0U);
}

// What the port finishes is right when it has.
class PortChecksumTest : public ChecksumTest {
 protected:
  explicit PortChecksumTest(Ipv4UdpChecksum media = Ipv4UdpChecksum::kNone)
      : ChecksumTest({.limits = {.finishes_checksums = true},
                      .has_ipv6 = true,
                      .media_checksum = media,
                      .marks_dscp = true}) {}

  void move_receiver_to_ipv6() {
    receiver.address.ip = parse_ip_address("fd00:198:18::9").value();
    registry->add_flow(receiver.transport,
                       {.remote_mac = kPeerMac,
                        .remote = receiver.address,
                        .local = {addresses.ipv6.address, kPortBase}},
                       stun::Nomination{.priority = 2, .number = 0, .at = now});
    run();
    static_cast<void>(take_sent());
  }
};

TEST_F(PortChecksumTest, MediaOverIpv6IsLeftToThePort) {
  move_receiver_to_ipv6();
  const std::size_t before = host.finished_checksums();
  publish();
  const Checksums found = take_checksums(DatagramKind::kRtp);
  EXPECT_EQ(found.with, 5);
  EXPECT_EQ(found.without, 0);
  EXPECT_EQ(host.finished_checksums(), before + 5);
}

TEST_F(PortChecksumTest, MediaOverIpv4HasNoneThere) {
  publish();
  const std::size_t before = host.finished_checksums();
  EXPECT_EQ(take_checksums(DatagramKind::kRtp).without, 5);
  EXPECT_EQ(host.finished_checksums(), before);
}

TEST_F(PortChecksumTest, WhatIsNoMediaIsLeftToThePort) {
  for (const bool is_ipv6 : {false, true}) {
    if (is_ipv6) move_receiver_to_ipv6();
    const std::size_t before = host.finished_checksums();
    const IpAddress local = is_ipv6 ? addresses.ipv6.address : addresses.ipv4.address;
    registry->send_datagram(
        0, {.remote_mac = kPeerMac, .remote = receiver.address, .local = {local, kPortBase}},
        std::vector<std::uint8_t>{21, 0xFE, 0xFD, 0, 1, 2, 3});
    run();
    EXPECT_EQ(take_checksums(DatagramKind::kDtls).with, 1);
    EXPECT_EQ(host.finished_checksums(), before + 1);
  }
}

class PortMediaChecksumTest : public PortChecksumTest {
 protected:
  PortMediaChecksumTest() : PortChecksumTest(Ipv4UdpChecksum::kCompute) {}
};

TEST_F(PortMediaChecksumTest, MediaOverIpv4IsLeftToThePortIfItIsConfigured) {
  const std::size_t before = host.finished_checksums();
  publish();
  const Checksums found = take_checksums(DatagramKind::kRtp);
  EXPECT_EQ(found.with, 5);
  EXPECT_EQ(found.without, 0);
  EXPECT_EQ(host.finished_checksums(), before + 5);
}

}  // namespace
}  // namespace penstock
