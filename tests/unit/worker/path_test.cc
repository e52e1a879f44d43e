// What is known of the way to a peer, and what corrects it: a gateway that was replaced, a peer
// with another MAC, an address that two transports have validated.
#include <utility>

#include "dataplane/base/byte_writer.h"
#include "dataplane/net/arp.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr MacAddress kNewMac{{0x02, 0, 0, 0, 0, 0x78}};
constexpr MacAddress kThirdMac{{0x02, 0, 0, 0, 0, 0x79}};

class PathTest : public WorkerTest {
 protected:
  explicit PathTest(const WorkerTestConfig& config = {})
      : WorkerTest(config),
        publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        stream(add_stream(publisher)) {
    subscribe(receiver, stream);
  }

  void publish() { receive_rtp(publisher, {.sequence = ++sequence, .mid = "v"}); }
  // Where the next packet of the publisher goes on its way to the receiver.
  MacAddress next_hop_to(const TestPeer& peer) {
    run();
    static_cast<void>(take_sent());
    const MacAddress from = std::exchange(from_mac, kPeerMac);
    publish();
    from_mac = from;
    run();
    for (const SentDatagram& sent : take_sent()) {
      if (sent.to == peer.address) return sent.next_hop;
    }
    return {};
  }
  std::vector<std::uint8_t> pli(TestPeer& peer) {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    write_pli(writer, {.sender_ssrc = 1, .media_ssrc = 0x9999});
    bytes.resize(writer.size());
    return srtcp(peer, bytes);
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(PathTest, ACheckFromAnotherMacMovesTheNextHopWithoutANomination) {
  from_mac = kNewMac;
  receive(receiver, check("server-password-0123456789", false));
  EXPECT_EQ(next_hop_to(receiver), kNewMac);
  receive(receiver, check());
  EXPECT_EQ(next_hop_to(receiver), kNewMac);
  EXPECT_TRUE(selected.empty()) << "it is the same pair";
}

TEST_F(PathTest, RtcpFromAnotherMacMovesTheNextHop) {
  from_mac = kNewMac;
  receive(receiver, pli(receiver));
  EXPECT_EQ(next_hop_to(receiver), kNewMac);
}

TEST_F(PathTest, MediaFromAnotherMacMovesTheNextHop) {
  subscribe(publisher, add_stream(receiver, Codec::kVp8, "w"));
  from_mac = kNewMac;
  publish();
  run();
  static_cast<void>(take_sent());
  from_mac = kPeerMac;
  receive_rtp(receiver, {.ssrc = 0x3333, .mid = "w"});
  run();
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, publisher.address);
  EXPECT_EQ(sent[0].next_hop, kNewMac);
}

TEST_F(PathTest, WhatIsNotAuthenticMovesNothing) {
  from_mac = kNewMac;
  receive(receiver, check("another-password-0123456"));
  auto forged = pli(receiver);
  forged.back() ^= 1;
  receive(receiver, forged);
  auto media = srtp(receiver, {});
  media.back() ^= 1;
  receive(receiver, media);
  EXPECT_EQ(next_hop_to(receiver), kPeerMac);
}

TEST_F(PathTest, AnotherPairsMacIsNotTheNominatedOnes) {
  const SocketAddress first = receiver.address;
  receiver.address.port = 9'999;
  add_flow(receiver, false);
  from_mac = kNewMac;
  receive(receiver, check("server-password-0123456789", false));
  receiver.address = first;
  EXPECT_EQ(next_hop_to(receiver), kPeerMac);
}

TEST_F(PathTest, WhatTheControlPlaneSendsGoesToTheNewMacToo) {
  from_mac = kNewMac;
  receive(receiver, pli(receiver));
  run();
  static_cast<void>(take_sent());
  const std::vector<std::uint8_t> record = {21, 0xFE, 0xFD, 0};
  registry->send_datagram(0,
                          {.remote_mac = kPeerMac,
                           .remote = receiver.address,
                           .local = {addresses.ipv4.address, kPortBase}},
                          record);
  run();
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].next_hop, kNewMac);
}

// --- A gateway

class GatewayTest : public PathTest {
 protected:
  GatewayTest() : PathTest({.workers = 2, .gateway = IpAddress::from_v4({198, 18, 0, 254})}) {
    other = &add_connected_peer(1);
    subscribe(*other, stream, 0x8888);
    gateway = kNewMac;
    run_gateway(3 * kSecond);
  }

  // The gateway answers requests for its address while there is one.
  void run_gateway(Duration duration) {
    for (const Timestamp end = now + duration; now < end;) {
      now += 5 * kMillisecond;
      run();
      std::vector<std::uint8_t> frame;
      while (host.take_sent(frame)) {
        const MacAddress to = MacAddress::from_bytes(frame.data());
        const bool is_arp = load_be16(&frame[12]) == kEtherTypeArp;
        if (is_arp && (to == gateway || to.is_group())) say(ArpOperation::kReply, addresses.mac);
      }
    }
  }
  void say(ArpOperation operation, const MacAddress& to) {
    const IpAddress ip = addresses.ipv4.gateway;
    const bool is_reply = operation == ArpOperation::kReply;
    std::vector<std::uint8_t> frame(kArpFrameBytes);
    write_arp_frame(frame.data(), to,
                    {operation, gateway, ip, is_reply ? addresses.mac : MacAddress{},
                     is_reply ? addresses.ipv4.address : ip});
    receive_frame(frame);
  }

  TestPeer* other = nullptr;
  MacAddress gateway;
};

TEST_F(GatewayTest, PathsLeadToItAndNotToWhoDelivers) {
  EXPECT_EQ(next_hop_to(receiver), kNewMac);
  EXPECT_EQ(next_hop_to(*other), kNewMac);
  from_mac = kThirdMac;
  receive(receiver, check());
  EXPECT_EQ(next_hop_to(receiver), kNewMac);
}

TEST_F(GatewayTest, ItsReplacementIsOnAllWorkersPathsWithinThreeSeconds) {
  gateway = kThirdMac;
  say(ArpOperation::kRequest, kBroadcastMac);
  run_gateway(3 * kSecond);
  EXPECT_EQ(next_hop_to(receiver), kThirdMac);
  EXPECT_EQ(next_hop_to(*other), kThirdMac);
  EXPECT_TRUE(selected.empty());
}

// --- An address that two transports have validated

class ContestedTest : public PathTest {
 protected:
  ContestedTest() : thief(add_connected_peer()) {
    own_address = thief.address;
    thief.address = publisher.address;
  }
  void steal() { add_flow(thief, false); }
  // Whose DTLS would be punted, is whose flow it is.
  TransportHandle owner() {
    punted.clear();
    receive(publisher.address, kPortBase,
            std::vector<std::uint8_t>{22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1});
    run();
    return punted.empty() ? TransportHandle{} : punted.front().transport;
  }

  TestPeer& thief;
  SocketAddress own_address;
};

TEST_F(ContestedTest, MediaOfWhoHadTheFlowIsForwardedAndTakesItBack) {
  steal();
  ASSERT_EQ(owner(), thief.transport);
  const std::uint64_t dropped = all_drops();
  for (int i = 0; i < 3; ++i) publish();
  run();
  EXPECT_EQ(take_media(receiver).size(), 3U);
  EXPECT_EQ(owner(), publisher.transport);
  EXPECT_EQ(all_drops(), dropped);
}

TEST_F(ContestedTest, EachPacketIsWhoseKeysItWasMadeWith) {
  subscribe(receiver, add_stream(thief, Codec::kVp8, "w"), 0x8888);
  steal();
  for (std::uint64_t i = 0; i < 10; ++i) {
    publish();
    receive_rtp(thief, {.ssrc = 0x3333, .sequence = TestRtp{}.sequence + i, .mid = "w"});
    if (i % 3 == 0) steal();
  }
  run();
  EXPECT_EQ(take_media(receiver).size(), 20U);
}

TEST_F(ContestedTest, RtcpOfWhoHadTheFlowTakesItBack) {
  steal();
  const std::uint64_t received = stats[0].rtcp_received.get();
  receive(publisher, pli(publisher));
  run();
  EXPECT_EQ(stats[0].rtcp_received.get(), received + 1);
  EXPECT_EQ(owner(), publisher.transport);
}

TEST_F(ContestedTest, WhatIsNobodysChangesNothingAndIsCountedOnce) {
  steal();
  auto forged = srtp(publisher, {});
  forged.back() ^= 1;
  receive(publisher, forged);
  run();
  EXPECT_EQ(drops(DropReason::kSrtpAuthFailed), 1U);
  EXPECT_EQ(all_drops(), 1U);
  EXPECT_EQ(owner(), thief.transport);
}

TEST_F(ContestedTest, BehindATransportWithoutKeysMediaIsForwardedToo) {
  TestPeer& early = add_peer();
  early.address = publisher.address;
  add_flow(early, false);
  ASSERT_EQ(owner(), early.transport);
  publish();
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(ContestedTest, WhenTheSecondOneEndsTheFirstHasTheFlowAgain) {
  steal();
  ASSERT_EQ(owner(), thief.transport);
  registry->destroy_transport(thief.transport, now);
  run_for(20 * kMillisecond);
  EXPECT_EQ(owner(), publisher.transport);
  publish();
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
}

TEST_F(ContestedTest, WhenTheFirstOneEndsTheSecondKeepsTheFlow) {
  steal();
  registry->destroy_transport(publisher.transport, now);
  run_for(20 * kMillisecond);
  EXPECT_EQ(owner(), thief.transport);
}

class ContestedChecksTest : public ContestedTest {
 protected:
  ContestedChecksTest() {
    IceCredentials ice;
    static_cast<void>(ice.local_ufrag.assign("server"));
    static_cast<void>(ice.local_pwd.assign("the-pwd-of-another-transport"));
    static_cast<void>(ice.remote_ufrag.assign("client"));
    registry->set_ice_credentials(thief.transport, ice);
    steal();
  }
};

TEST_F(ContestedChecksTest, OfBothAreAnsweredAndSettleTheFlow) {
  receive(publisher, check());
  run();
  EXPECT_EQ(stats[0].stun_answered.get(), 1U);
  EXPECT_EQ(owner(), publisher.transport);
  receive(publisher, check("the-pwd-of-another-transport", false));
  run();
  EXPECT_EQ(stats[0].stun_answered.get(), 2U);
  EXPECT_EQ(owner(), thief.transport);
  receive(publisher, check("nobodys-password-0123456789"));
  run();
  EXPECT_EQ(stats[0].stun_answered.get(), 2U);
}

}  // namespace
}  // namespace penstock
