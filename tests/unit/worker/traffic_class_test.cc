// The traffic class: what is sent is marked, if that is configured (RFC 8837), and what routers say
// of congestion (ECN) is counted.
#include <map>

#include "dataplane/net/udp_writer.h"
#include "dataplane/rtp/demux.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class TrafficClassTest : public WorkerTest, public testing::WithParamInterface<bool> {
 protected:
  explicit TrafficClassTest() : WorkerTest({.marks_dscp = GetParam()}) {}

  // How often each code point was sent, by kind and SSRC of media.
  using CodePoints = std::map<std::pair<DatagramKind, std::uint32_t>, std::map<unsigned, int>>;
  CodePoints take_code_points() {
    CodePoints found;
    for (std::vector<std::uint8_t> frame; host.take_sent(frame);) {
      InterfaceAddresses peer;
      peer.mac = MacAddress::from_bytes(frame.data());
      peer.ipv4 = {
          .address = IpAddress::from_v4_bytes(&frame[30]), .gateway = {}, .prefix_bits = 16};
      const FrameVerdict verdict = parse_frame(frame, peer);
      if (verdict.kind != FrameKind::kUdp) continue;
      const auto datagram = std::span(frame).subspan(verdict.payload_offset, verdict.payload_bytes);
      const DatagramKind kind = classify_datagram(datagram);
      const std::uint32_t ssrc = kind == DatagramKind::kRtp ? load_be32(&datagram[8]) : 0;
      ++found[{kind, ssrc}][unsigned{frame[15]} >> 2];
    }
    return found;
  }
};

TEST_P(TrafficClassTest, AudioIsMarkedApartFromEverythingElse) {
  constexpr std::uint32_t kAudio = 0xA;
  constexpr std::uint32_t kVideo = 0xB;
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher, Codec::kOpus, "a", 111), kAudio);
  subscribe(receiver, add_stream(publisher), kVideo);
  static_cast<void>(take_sent());
  receive_rtp(publisher, {.ssrc = 0x2222, .payload_type = 111, .mid = "a"});
  receive_rtp(publisher, {.mid = "v"});
  receive(receiver, check());
  run_for(2 * kSecond);
  const CodePoints found = take_code_points();
  const auto only = [](unsigned dscp, int count) { return std::map<unsigned, int>{{dscp, count}}; };
  const unsigned audio = GetParam() ? kDscpAudio : 0;
  const unsigned other = GetParam() ? kDscpOther : 0;
  EXPECT_EQ(found.at({DatagramKind::kRtp, kAudio}), only(audio, 1));
  EXPECT_EQ(found.at({DatagramKind::kRtp, kVideo}), only(other, 1));
  EXPECT_EQ(found.at({DatagramKind::kStun, 0}), only(other, 1));
  const auto& rtcp = found.at({DatagramKind::kRtcp, 0});
  ASSERT_EQ(rtcp.size(), 1U);
  EXPECT_EQ(rtcp.begin()->first, other);
}

TEST_P(TrafficClassTest, WhatRoutersSayOfCongestionIsCounted) {
  TestPeer& peer = add_connected_peer();
  const auto datagram = check();
  const Path path{.remote_mac = addresses.mac,
                  .remote = {addresses.ipv4.address, kPortBase},
                  .local = peer.address};
  const UdpPathTemplate headers = make_udp_path_template(path, kPeerMac);
  std::vector<std::uint8_t> frame(headers.header_bytes + datagram.size());
  std::copy(datagram.begin(), datagram.end(), frame.begin() + headers.header_bytes);
  write_udp_headers(headers, frame.data(), datagram.size());
  for (const std::uint8_t ecn : std::initializer_list<std::uint8_t>{0, 1, 2, 3, 3, 3}) {
    auto marked = frame;
    marked[15] = ecn;
    store_be16(&marked[24], static_cast<std::uint16_t>(load_be16(&marked[24]) - ecn));
    receive_frame(marked);
  }
  run();
  EXPECT_EQ(stats[0].ecn_capable_received.get(), 2U);
  EXPECT_EQ(stats[0].ecn_congestion_received.get(), 3U);
  EXPECT_EQ(stats[0].stun_answered.get(), 6U);
}

INSTANTIATE_TEST_SUITE_P(Marking, TrafficClassTest, testing::Bool());

}  // namespace
}  // namespace penstock
