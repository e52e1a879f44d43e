// Transports whose peer is an address: where their packets go, and whom RTCP from there belongs to.
#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kForwardedSsrc = 0x7777;

class PlainTransport : public WorkerTest {
 protected:
  explicit PlainTransport(const WorkerTestConfig& config = {})
      : WorkerTest(config), publisher(add_connected_peer()), stream(add_stream(publisher)) {}
  ~PlainTransport() override {
    for (const SubscriptionHandle each : forwarded) registry->destroy_subscription(each, now);
    for (const TransportHandle each : plain) registry->destroy_transport(each, now);
  }

  void forward_to(const SocketAddress& to, std::uint16_t rtcp_port = 0) {
    TransportConfig config;
    config.kind = TransportKind::kPlain;
    config.plain.path.remote = to;
    config.plain.path.local = {addresses.ipv4.address, kPortBase};
    config.plain.rtcp_port = rtcp_port;
    config.streams_max = 0;
    plain.push_back(registry->create_transport(config).value());
    ASSERT_TRUE(registry->set_srtp_keys(plain.back(), {.profile = SrtpProfile::kNone}));
    SubscriptionConfig subscription;
    subscription.transport = plain.back();
    subscription.ssrc = kForwardedSsrc;
    subscription.target.stream = stream;
    subscription.target.codec = Codec::kVp8;
    subscription.target.payload_type = 100;
    forwarded.push_back(registry->create_subscription(subscription).value());
    run();
    run_for(300 * kMillisecond);
    static_cast<void>(take_sent());
  }
  std::vector<SentDatagram> sent_to(const IpAddress& ip) {
    receive_rtp(publisher, {.sequence = ++sequence, .mid = "v"});
    run();
    std::vector<SentDatagram> sent = take_sent();
    std::erase_if(sent, [&](const SentDatagram& each) { return each.to.ip != ip; });
    return sent;
  }
  static std::vector<std::uint8_t> pli() {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    write_pli(writer, {.sender_ssrc = 1, .media_ssrc = kForwardedSsrc});
    bytes.resize(writer.size());
    return bytes;
  }
  std::uint64_t keyframes_wanted() const { return stats[0].keyframes_requested.get(); }

  TestPeer& publisher;
  StreamHandle stream;
  std::vector<TransportHandle> plain;
  std::vector<SubscriptionHandle> forwarded;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(PlainTransport, NothingGoesToAHostThatWasNotFound) {
  const IpAddress ip = parse_ip_address("198.18.0.200").value();
  forward_to({ip, 5'004});
  EXPECT_TRUE(sent_to(ip).empty());
  EXPECT_GT(drops(DropReason::kSubscriberNotReady), 0U);
}

TEST_F(PlainTransport, AGroupHasItsAddressOnTheLink) {
  const IpAddress ip = parse_ip_address("239.129.2.3").value();
  forward_to({ip, 5'004});
  const auto sent = sent_to(ip);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].next_hop, (MacAddress{{0x01, 0x00, 0x5E, 0x01, 0x02, 0x03}}));
}

TEST_F(PlainTransport, NobodyTellsFromThereHowMuchTheWayCarries) {
  const IpAddress there = parse_ip_address("198.18.0.200").value();
  forward_to({there, 5'004}, 5'005);
  Remb remb{.sender_ssrc = 1, .bitrate_bps = 1'000, .ssrcs = {}};
  ASSERT_TRUE(remb.ssrcs.push_back(kForwardedSsrc));
  std::array<std::uint8_t, 64> bytes;
  ByteWriter writer(bytes);
  ASSERT_TRUE(write_remb(writer, remb));
  receive({there, 5'005}, kPortBase, std::span(bytes).first(writer.size()));
  run_for(6 * kSecond);
  static_cast<void>(take_sent());
  EXPECT_EQ(registry->estimate_of(plain.back()), 0U);
}

TEST_F(PlainTransport, AnAddressThatAClientHasStaysTheClients) {
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, stream);
  const SocketAddress of_client = receiver.address;
  forward_to({of_client.ip, static_cast<std::uint16_t>(of_client.port + 1)}, of_client.port);
  receive_rtp(publisher, {.sequence = ++sequence, .mid = "v"});
  run();
  static_cast<void>(take_sent());
  const std::uint64_t before = keyframes_wanted();
  receive(of_client, kPortBase, pli());
  run_for(2 * kSecond);
  EXPECT_EQ(keyframes_wanted(), before);
  std::vector<std::uint8_t> good = pli();
  store_be32(&good[8], 0x9999);
  receive(receiver, srtcp(receiver, good));
  run_for(2 * kSecond);
  EXPECT_GT(keyframes_wanted(), before);
}

TEST_F(PlainTransport, AClientThatComesToItsAddressHasItFromThenOn) {
  const SocketAddress contested{IpAddress::from_v4({198, 18, 0, 201}), 5'005};
  forward_to({contested.ip, 5'004}, contested.port);
  TestPeer& late = add_peer();
  late.address = contested;
  add_flow(late);
  set_keys(late);
  subscribe(late, stream);
  run();
  const std::uint64_t before = keyframes_wanted();
  receive(contested, kPortBase, pli());
  run_for(2 * kSecond);
  EXPECT_EQ(keyframes_wanted(), before) << "what is not encrypted proves nothing";
}

class PlainTransportBehindGateway : public PlainTransport {
 protected:
  PlainTransportBehindGateway()
      : PlainTransport({.gateway = parse_ip_address("198.18.0.1").value()}) {}
};

TEST_F(PlainTransportBehindGateway, TheGatewayHasWhatIsNotOnTheLink) {
  const MacAddress gateway{{0x02, 0, 0, 0, 0, 0x99}};
  gateway_macs.ipv4.store(gateway.word());
  const IpAddress ip = parse_ip_address("203.0.113.9").value();
  forward_to({ip, 5'004});
  const auto sent = sent_to(ip);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].next_hop, gateway);
}

}  // namespace
}  // namespace penstock
