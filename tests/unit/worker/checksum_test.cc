// Which datagrams have a UDP checksum over IPv4, where it is optional.
#include "dataplane/base/byte_writer.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/rtp/demux.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class ChecksumTest : public WorkerTest {
 protected:
  explicit ChecksumTest(Ipv4UdpChecksum media = Ipv4UdpChecksum::kNone)
      : WorkerTest({.media_checksum = media}),
        publisher(add_connected_peer()),
        receiver(add_connected_peer()) {
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
      if (load_be16(&frame[12]) != kEtherTypeIpv4) continue;  // an announcement
      InterfaceAddresses peer;
      peer.mac = MacAddress::from_bytes(frame.data());
      peer.ipv4 = {
          .address = IpAddress::from_v4_bytes(&frame[30]), .gateway = {}, .prefix_bits = 16};
      const FrameVerdict verdict = parse_frame(frame, peer);
      EXPECT_EQ(verdict.kind, FrameKind::kUdp) << to_label(verdict.drop);
      const auto datagram = std::span(frame).subspan(verdict.payload_offset, verdict.payload_bytes);
      if (classify_datagram(datagram) != kind) continue;
      ++(load_be16(&frame[40]) != 0 ? found.with : found.without);
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
  MediaChecksumTest() : ChecksumTest(Ipv4UdpChecksum::kCompute) {}
};

TEST_F(MediaChecksumTest, MediaHasOneIfItIsConfigured) {
  publish();
  const Checksums found = take_checksums(DatagramKind::kRtp);
  EXPECT_EQ(found.with, 5);
  EXPECT_EQ(found.without, 0);
}

}  // namespace
}  // namespace penstock
