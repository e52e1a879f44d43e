// A way to a peer that takes less than the port: a router on it says so, and is believed if it can
// know.
#include <algorithm>

#include "dataplane/base/endian.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

IpAddress ip_of(std::string_view text) { return parse_ip_address(text).value(); }

// Over IPv4, and over IPv6.
class PathMtuTest : public WorkerTest, public testing::WithParamInterface<bool> {
 protected:
  PathMtuTest()
      : WorkerTest({.workers = 2, .consent_timeout = kNever, .has_ipv6 = true}),
        publisher(add_connected_peer()),
        receiver(add_peer(1)),
        stream(add_stream(publisher)) {
    if (is_ipv6()) receiver.address.ip = ip_of("fd00:198:18:9::9");
    select(receiver.address);
    set_keys(receiver);
    subscribe(receiver, stream);
    static_cast<void>(take_sent());
  }
  static bool is_ipv6() { return GetParam(); }
  static std::size_t ip_header_bytes() { return is_ipv6() ? kIpv6HeaderBytes : kIpv4HeaderBytes; }

  void select(const SocketAddress& remote) {
    receiver.address = remote;
    const IpAddress local = is_ipv6() ? addresses.ipv6.address : addresses.ipv4.address;
    registry->add_flow(receiver.transport,
                       {.remote_mac = kPeerMac, .remote = remote, .local = {local, kPortBase + 1}},
                       stun::Nomination{.priority = 1, .number = 0, .at = now});
    run();
  }

  // The publisher sends a packet that, on the way to the receiver, is an IP packet of so many
  // bytes.
  void publish(std::size_t packet_bytes) {
    TestRtp rtp{.sequence = ++sequence};
    const std::size_t mid_bytes = 8;
    rtp.payload.assign(packet_bytes - ip_header_bytes() - 8 - 12 - mid_bytes - 16, 0);
    rtp.payload[0] = 0x10;  // VP8, start of a keyframe
    receive_rtp(publisher, rtp);
    run();
  }

  // What the router on the way lets through, of what was sent to the receiver. It answers what it
  // does not, as long as it was sent whole.
  std::vector<Bytes> pass_router(std::size_t mtu) {
    std::vector<Bytes> passed;
    for (Bytes frame; host.take_sent(frame);) {
      const bool is_to_receiver = load_be16(&frame[12]) == (is_ipv6() ? 0x86DD : 0x0800);
      if (!is_to_receiver) continue;
      const bool may_be_cut = !is_ipv6() && (frame[20] & 0x40) == 0;
      if (frame.size() - kEthernetHeaderBytes > mtu && !may_be_cut) {
        receive_frame(too_big(frame, mtu));
      } else {
        passed.push_back(frame);
      }
    }
    run();
    return passed;
  }

  // What a router says of this frame.
  Bytes too_big(const Bytes& about, std::size_t mtu) const {
    constexpr std::size_t kQuotedBytesMax = 200;
    const auto quoted = std::span(about).subspan(kEthernetHeaderBytes);
    const std::size_t quoted_bytes = std::min(quoted.size(), kQuotedBytesMax);
    const std::size_t icmp_at = kEthernetHeaderBytes + ip_header_bytes();
    Bytes frame(icmp_at + 8 + quoted_bytes);
    const auto message = std::span(frame).subspan(icmp_at);
    std::copy_n(quoted.begin(), quoted_bytes, message.begin() + 8);
    const auto message_bytes = static_cast<std::uint16_t>(message.size());
    const std::uint16_t type = is_ipv6() ? kEtherTypeIpv6 : kEtherTypeIpv4;
    write_ethernet_header(frame.data(), {addresses.mac, kPeerMac, type});
    std::uint8_t* header = frame.data() + kEthernetHeaderBytes;
    if (is_ipv6()) {
      message[0] = 2;
      store_be32(&message[4], static_cast<std::uint32_t>(mtu));
      const IpAddress router = ip_of("2001:db8::1");
      write_ipv6_header(
          header, {router, addresses.ipv6.address, kProtocolIcmpv6, kHopLimit, message_bytes});
      store_icmpv6_checksum(message, router, addresses.ipv6.address);
    } else {
      message[0] = 3;
      message[1] = 4;
      store_be16(&message[6], static_cast<std::uint16_t>(mtu));
      write_ipv4_header(header, {ip_of("192.0.2.1"), addresses.ipv4.address, kProtocolIcmp,
                                 kHopLimit, message_bytes});
      store_icmp_checksum(message);
    }
    return frame;
  }
  Bytes sent_frame() {
    Bytes frame;
    EXPECT_TRUE(host.take_sent(frame));
    return frame;
  }
  static std::size_t ip_bytes(const Bytes& frame) { return frame.size() - kEthernetHeaderBytes; }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_P(PathMtuTest, WhatARouterSaysDoesNotFitIsNotSentAnyMore) {
  publish(1'400);
  EXPECT_TRUE(pass_router(1'300).empty());
  EXPECT_EQ(all_drops(), 0U);
  for (int i = 0; i < 3; ++i) publish(1'400);
  EXPECT_TRUE(pass_router(1'300).empty());
  EXPECT_EQ(drops(DropReason::kPathMtuExceeded), 3U);
  EXPECT_EQ(all_drops(), 3U);
}

TEST_P(PathMtuTest, WhatFitsGoesOn) {
  publish(1'400);
  pass_router(1'300);
  publish(1'300);
  const auto passed = pass_router(1'300);
  ASSERT_EQ(passed.size(), 1U);
  EXPECT_EQ(ip_bytes(passed[0]), 1'300U);
}

TEST_P(PathMtuTest, EachRouterOnTheWayIsBelieved) {
  publish(1'500);
  pass_router(1'400);
  publish(1'400);
  pass_router(1'300);
  publish(1'301 + 8);  // without its MID it would be 1,301
  EXPECT_EQ(drops(DropReason::kPathMtuExceeded), 1U);
  publish(1'300);
  EXPECT_EQ(pass_router(1'300).size(), 1U);
}

TEST_P(PathMtuTest, IsTriedAgainAfterTenMinutes) {
  publish(1'400);
  pass_router(1'300);
  const Timestamp said_at = now;
  now = said_at + kPathMtuTimeout - kSecond;
  run_for(kTimerIntervalMax);
  static_cast<void>(take_sent());
  publish(1'400);
  EXPECT_EQ(drops(DropReason::kPathMtuExceeded), 1U);
  now = said_at + kPathMtuTimeout;
  run_for(kTimerIntervalMax);
  static_cast<void>(take_sent());
  publish(1'400);
  EXPECT_EQ(pass_router(1'500).size(), 1U);
}

TEST_P(PathMtuTest, IsNotRaisedNorRenewedByWhatCannotBe) {
  publish(1'400);
  const Bytes large = sent_frame();
  receive_frame(too_big(large, 1'300));
  run();
  EXPECT_EQ(all_drops(), 0U);
  receive_frame(too_big(large, 1'350));
  receive_frame(too_big(large, 1'300));
  receive_frame(too_big(large, 1'280));
  run();
  EXPECT_EQ(drops(DropReason::kIcmpNotOfOurs), 3U) << "nothing of 1,400 bytes was sent since";
  publish(1'300);
  EXPECT_EQ(pass_router(1'300).size(), 1U);
}

TEST_P(PathMtuTest, OfAnotherFlowIsNotBelieved) {
  publish(1'400);
  const Bytes large = sent_frame();
  const std::size_t udp_at = kEthernetHeaderBytes + ip_header_bytes();
  for (const std::size_t at : {udp_at, udp_at + 3, udp_at - 1}) {  // ports, and the address
    Bytes other = large;
    other[at] ^= 1;
    receive_frame(too_big(other, 1'300));
  }
  run();
  EXPECT_EQ(drops(DropReason::kIcmpNotOfOurs), 3U);
  publish(1'400);
  EXPECT_EQ(pass_router(1'400).size(), 1U);
}

TEST_P(PathMtuTest, AnotherPathHasThePortsMtu) {
  publish(1'400);
  pass_router(1'300);
  SocketAddress other = receiver.address;
  other.port = 9'999;
  const SocketAddress first = receiver.address;
  select(other);
  publish(1'400);
  EXPECT_EQ(pass_router(1'400).size(), 1U);
  select(first);
  publish(1'400);
  EXPECT_TRUE(pass_router(1'400).empty()) << "what was said of the first one holds still";
}

TEST_P(PathMtuTest, WhatTheControlPlaneSendsGoesThroughItInFragmentsIfNeedBe) {
  publish(1'400);
  pass_router(1'280);
  if (!is_ipv6()) {
    publish(1'280);
    pass_router(600);
  }
  const IpAddress local = is_ipv6() ? addresses.ipv6.address : addresses.ipv4.address;
  const Path path{
      .remote_mac = kPeerMac, .remote = receiver.address, .local = {local, kPortBase + 1}};
  for (int i = 0; i < 2; ++i)
    registry->send_datagram(1, path, std::vector<std::uint8_t>(kControlDatagramBytesMax, 22));
  registry->send_datagram(1, path, std::vector<std::uint8_t>(500, 22));
  run();
  const auto passed = pass_router(is_ipv6() ? 1'280 : 600);
  ASSERT_EQ(passed.size(), 3U);
  if (is_ipv6()) return;
  const auto identification = [&](std::size_t i) { return load_be16(&passed[i][18]); };
  EXPECT_NE(identification(0), identification(1));
  EXPECT_EQ(load_be16(&passed[2][20]), 0x4000) << "what fits goes whole";
  for (const Bytes& frame : passed) {
    Ipv4Header header;
    EXPECT_EQ(parse_ipv4_header(std::span(frame).subspan(14), false, header), DropReason::kNone);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, PathMtuTest, testing::Bool(),
                         [](const auto& family) { return family.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace penstock
