// A port of a VLAN: everything that it sends is tagged, and nothing else is taken.
#include <algorithm>

#include "dataplane/net/arp.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint16_t kVlan = 0x123;

class VlanTest : public WorkerTest {
 protected:
  explicit VlanTest(std::uint16_t vlan_id = kVlan) : WorkerTest({.vlan_id = vlan_id}) {}

  static std::vector<std::uint8_t> tagged(std::vector<std::uint8_t> frame, std::uint16_t tag) {
    frame.insert(frame.begin() + 12,
                 {0x81, 0x00, static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)});
    return frame;
  }
  // What WorkerTest gives to the worker.
  std::vector<std::uint8_t> frame_of(const TestPeer& peer,
                                     std::span<const std::uint8_t> datagram) const {
    const Path path{.remote_mac = addresses.mac,
                    .remote = {addresses.ipv4.address, kPortBase},
                    .local = peer.address};
    const UdpPathTemplate headers = make_udp_path_template(path, kPeerMac);
    std::vector<std::uint8_t> frame(headers.header_bytes + datagram.size());
    std::ranges::copy(datagram, frame.begin() + headers.header_bytes);
    write_udp_headers(headers, frame.data(), datagram.size());
    return frame;
  }
  std::vector<std::uint8_t> arp_request() const {
    std::vector<std::uint8_t> frame(kArpFrameBytes);
    write_arp_frame(frame.data(), kBroadcastMac,
                    {ArpOperation::kRequest, kPeerMac, IpAddress::from_v4({198, 18, 1, 9}),
                     MacAddress{}, addresses.ipv4.address});
    return frame;
  }
  // Everything that was sent, which is tagged with the VLAN, without that.
  std::vector<std::vector<std::uint8_t>> take_tagged() {
    std::vector<std::vector<std::uint8_t>> frames;
    for (std::vector<std::uint8_t> frame; host.take_sent(frame);) {
      EXPECT_EQ(load_be32(&frame[12]), 0x8100'0000U | kVlan);
      frame.erase(frame.begin() + 12, frame.begin() + 16);
      frames.push_back(frame);
    }
    return frames;
  }
};

TEST_F(VlanTest, CallsAndAnswersAreTagged) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher));
  receive_frame(tagged(frame_of(receiver, check()), kVlan));
  receive_frame(tagged(frame_of(publisher, srtp(publisher, {.mid = "v"})), 0xE000 | kVlan));
  receive_frame(tagged(arp_request(), kVlan));
  run_for(kSecond);
  const auto frames = take_tagged();
  const auto count_of = [&](std::uint16_t type, std::size_t bytes) {
    return std::ranges::count_if(frames, [&](const auto& frame) {
      return load_be16(&frame[12]) == type && frame.size() >= bytes;
    });
  };
  EXPECT_GE(count_of(kEtherTypeIpv4, kUdpOverIpv4HeaderBytes), 3);
  EXPECT_GE(count_of(kEtherTypeArp, kArpFrameBytes), 1);
  EXPECT_EQ(stats[0].media_forwarded.get(), 1U);
  EXPECT_EQ(stats[0].stun_answered.get(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(VlanTest, MediaFillsTheFrame) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher));
  TestRtp rtp;
  rtp.payload.assign(kDatagramBytesMax - 12 - 16, 0);
  rtp.payload[0] = 0x10;  // VP8, start of a keyframe
  receive_frame(tagged(frame_of(publisher, srtp(publisher, rtp)), kVlan));
  run();
  std::size_t largest = 0;
  for (const auto& frame : take_tagged()) largest = std::max(largest, frame.size());
  EXPECT_EQ(largest, kEthernetHeaderBytes + kMtuMax);
}

TEST_F(VlanTest, OtherFramesAreNotTaken) {
  TestPeer& peer = add_connected_peer();
  const auto frame = frame_of(peer, check());
  receive_frame(frame);
  receive_frame(tagged(frame, 0));
  receive_frame(tagged(frame, kVlan + 1));
  run();
  EXPECT_EQ(drops(DropReason::kVlanNotOurs), 3U);
  EXPECT_EQ(stats[0].stun_answered.get(), 0U);
}

class PriorityTagTest : public VlanTest {
 protected:
  PriorityTagTest() : VlanTest(0) {}
};

TEST_F(PriorityTagTest, IsTakenAndAnsweredWithoutOne) {
  TestPeer& peer = add_connected_peer();
  receive_frame(tagged(frame_of(peer, check()), 0xA000));
  run();
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, peer.address);
  EXPECT_EQ(all_drops(), 0U);
}

}  // namespace
}  // namespace penstock
