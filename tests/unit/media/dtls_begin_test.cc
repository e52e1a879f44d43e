// When the handshake begins: before the nomination as the server, after it as the client, and with
// what came too early. Nothing is sent again within a test's time, so that only what was kept
// helps.
#include "dataplane/rtp/demux.h"
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class DtlsBeginTest : public MediaTest {
 protected:
  test::WebRtcClient& start(PeerId peer, Duration nominates_after, bool is_dtls_client = true) {
    return make_client(peer, {.is_dtls_client = is_dtls_client,
                              .nominates_after = nominates_after,
                              .dtls_timeout = kSecond});
  }
  void publish_with(test::WebRtcClient& client, PeerId peer) {
    const std::string offer = client.make_publish_offer({{.kind = MediaKind::kAudio, .sender = 1}});
    const auto result = media->publish(peer, kTestRoom, offer, policy(), now);
    ASSERT_TRUE(result.has_value());
    ASSERT_TRUE(client.accept_publish_answer(result->answer_sdp, now));
  }
};

TEST_F(DtlsBeginTest, AClientHelloBeforeTheNominationIsAnswered) {
  test::WebRtcClient& client = start(1, 5 * kSecond);
  publish_with(client, 1);
  exchange();
  EXPECT_EQ(client.dtls_state(), DtlsState::kConnected);
  const auto& transport = fake_transport(1);
  EXPECT_EQ(transport.keys.size(), 1U) << "what it sends now is to be read";
  EXPECT_FALSE(transport.selected.has_value());
  EXPECT_TRUE(connected.empty()) << "nothing can be sent to it yet";
  run_for(6 * kSecond);
  EXPECT_TRUE(transport.selected.has_value());
  EXPECT_EQ(transport.keys.size(), 1U);
  EXPECT_EQ(connected, std::vector<PeerId>{1});
}

TEST_F(DtlsBeginTest, AHandshakeWithoutANominationDoesNotLast) {
  publish_with(start(1, 60 * kSecond), 1);
  run_for(31 * kSecond);
  EXPECT_TRUE(connected.empty());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "ICE failed");
}

TEST_F(DtlsBeginTest, ANominationThatAWorkerSawCompletesTheConnection) {
  test::WebRtcClient& client = start(1, 60 * kSecond);
  publish_with(client, 1);
  exchange();
  const TransportHandle transport = transport_of(1);
  const Path path{.remote_mac = {}, .remote = client.local(), .local = client.remote()};
  dataplane.deliver([=](DataplaneEvents& events) { events.on_path_selected(transport, path); });
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{1});
}

// A client whose answer took longer than its checks.
TEST_F(DtlsBeginTest, AClientHelloBeforeTheClientsDescriptionIsTakenWithIt) {
  const auto published = publish(1);
  ASSERT_TRUE(published.has_value());
  test::WebRtcClient& client = start(2, 0);
  const std::string answer =
      client.answer_subscription(offer_to(2, mlines_of(*published)).value(), now);
  exchange();
  EXPECT_TRUE(client.is_ice_connected());
  EXPECT_EQ(client.dtls_state(), DtlsState::kHandshaking);
  ASSERT_TRUE(media->accept_answer(2, answer, now).has_value());
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{2});
}

TEST_F(DtlsBeginTest, OurClientHelloWaitsForTheNomination) {
  const auto published = publish(1);
  ASSERT_TRUE(published.has_value());
  test::WebRtcClient& client = start(2, 2 * kSecond, false);
  ASSERT_TRUE(answer(2, offer_to(2, mlines_of(*published)).value()).has_value());
  const Timestamp nominates_at = now + 2 * kSecond;
  while (now < nominates_at - 100 * kMillisecond) {
    run_for(50 * kMillisecond);
    EXPECT_NE(client.dtls_state(), DtlsState::kConnected);
    EXPECT_TRUE(fake_transport(2).keys.empty());
  }
  run_for(200 * kMillisecond);
  EXPECT_EQ(connected, std::vector<PeerId>{2});
}

// The peer's next datagram may be there before the worker looks for commands again.
TEST_F(DtlsBeginTest, AFlowIsKnownBeforeItsFirstCheckIsAnswered) {
  test::WebRtcClient& client = start(1, kSecond);
  publish_with(client, 1);
  client.handle_timeout(now);
  test::ClientDatagram check;
  ASSERT_TRUE(client.poll_output(check));
  dataplane.deliver([&](DataplaneEvents& events) {
    events.on_datagram(fake_transport(1).config.worker,
                       {.remote_mac = {}, .remote = client.local(), .local = check.to}, {},
                       check.bytes);
  });
  media->poll(now, *this);
  ASSERT_EQ(dataplane.sent.size(), 1U);
  EXPECT_TRUE(dataplane.sent[0].is_flow_known);
}

TEST_F(DtlsBeginTest, ServersFlightsGoWhereTheClientAskedFromUntilItNominates) {
  test::WebRtcClient& client = start(1, kSecond);
  publish_with(client, 1);
  client.handle_timeout(now);
  for (int turn = 0; turn < 10; ++turn) {
    test::ClientDatagram datagram;
    while (client.poll_output(datagram)) {
      const bool is_stun = classify_datagram(datagram.bytes) == DatagramKind::kStun;
      const Path path{.remote_mac = {}, .remote = client.local(), .local = datagram.to};
      dataplane.deliver([this, path, is_stun, bytes = datagram.bytes](DataplaneEvents& events) {
        events.on_datagram(fake_transport(1).config.worker, path,
                           is_stun ? TransportHandle{} : transport_of(1), bytes);
      });
    }
    media->poll(now, *this);
    for (const auto& sent : std::exchange(dataplane.sent, {})) {
      EXPECT_EQ(sent.path.remote, client.local());
      client.handle_datagram(now, sent.path.local, sent.bytes);
    }
  }
  EXPECT_EQ(client.dtls_state(), DtlsState::kConnected);
}

}  // namespace
}  // namespace penstock
