// Who waits for a handshake, and in which order they get it.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class HandshakeLimitsTest : public MediaTest {
 protected:
  explicit HandshakeLimitsTest(const HandshakeLimits& limits) : MediaTest(with(limits)) {}
  static MediaConfig with(const HandshakeLimits& limits) {
    MediaConfig config = default_config();
    config.handshakes = limits;
    return config;
  }
  // It sends nothing again while a test runs: what was not kept is lost.
  test::WebRtcClient& publish_patiently(PeerId peer) {
    test::WebRtcClient& client = make_client(peer, {.dtls_timeout = 60 * kSecond});
    const std::string offer = client.make_publish_offer({{.kind = MediaKind::kAudio, .sender = 1}});
    const auto result = media->publish(peer, kTestRoom, offer, policy(), now);
    EXPECT_TRUE(result && client.accept_publish_answer(result->answer_sdp, now));
    return client;
  }
  // Its check is answered, and its ClientHello has come; it goes no further.
  void say_hello(test::WebRtcClient& client) {
    for (int turn = 0; turn < 2; ++turn) {
      client.handle_timeout(now);
      deliver_to_server(client);
      media->poll(now, *this);
      if (turn == 0) deliver_to_clients();
    }
  }
};

class OneHandshakeAtATime : public HandshakeLimitsTest {
 protected:
  OneHandshakeAtATime() : HandshakeLimitsTest({.in_flight_max = 1}) {}
};

TEST_F(OneHandshakeAtATime, WhoFindsNoRoomGetsItLater) {
  for (PeerId peer = 1; peer <= 3; ++peer) publish_patiently(peer);
  run_for(kSecond);
  EXPECT_EQ(connected.size(), 3U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
  EXPECT_EQ(media->counts().handshakes_waiting, 0U);
  EXPECT_EQ(media->stats().dtls_handshakes_delayed, 2U);
}

// Nothing comes from a peer that waits for our ClientHello.
TEST_F(OneHandshakeAtATime, WhoWaitsForOurHandshakeGetsItLater) {
  const auto published = publish(1);
  ASSERT_TRUE(published.has_value());
  for (PeerId peer = 2; peer <= 4; ++peer) {
    client_of(peer, false);
    ASSERT_TRUE(answer(peer, offer_to(peer, mlines_of(*published)).value()).has_value());
  }
  run_for(kSecond);
  EXPECT_EQ(connected.size(), 3U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
}

TEST_F(OneHandshakeAtATime, WhoCameFirstIsFirst) {
  publish_patiently(1);
  say_hello(client_of(1));
  for (const PeerId peer : {4U, 2U, 3U}) {
    publish_patiently(peer);
    say_hello(client_of(peer));
  }
  EXPECT_EQ(media->counts().handshakes_in_flight, 1U);
  EXPECT_EQ(media->counts().handshakes_waiting, 3U);
  media->close(1, now);
  exchange();
  EXPECT_EQ(connected, (std::vector<PeerId>{4, 2, 3}));
}

TEST_F(OneHandshakeAtATime, WhoLeavesWhileItWaitsHoldsUpNobody) {
  for (PeerId peer = 1; peer <= 3; ++peer) {
    publish_patiently(peer);
    say_hello(client_of(peer));
  }
  media->close(2, now);
  EXPECT_EQ(media->counts().handshakes_waiting, 1U);
  media->close(1, now);
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{3});
  EXPECT_EQ(media->counts().handshakes_waiting, 0U);
}

TEST_F(OneHandshakeAtATime, WhoIsNeverLetInIsToldSo) {
  for (PeerId peer = 1; peer <= 2; ++peer) {
    publish_patiently(peer);
    say_hello(client_of(peer));
  }
  // The first one's handshake stands still: it gets nothing any more.
  for (const Timestamp end = now + 9 * kSecond; now < end; now += 50 * kMillisecond) {
    media->poll(now, *this);
    dataplane.sent.clear();
  }
  EXPECT_TRUE(closed.empty());
  for (const Timestamp end = now + 2 * kSecond; now < end; now += 50 * kMillisecond) {
    media->poll(now, *this);
    dataplane.sent.clear();
  }
  ASSERT_EQ(closed.size(), 2U);
  EXPECT_EQ(closed[0].second, "DTLS timeout");
  EXPECT_EQ(closed[1].second, "DTLS timeout");
  EXPECT_EQ(media->counts().handshakes_waiting, 0U);
}

// A transport has one handshake in its life: whoever fails has to be let in again by signalling.
TEST_F(OneHandshakeAtATime, AFailedHandshakeIsNotBegunAgain) {
  test::WebRtcClient& client = publish_patiently(1);
  say_hello(client);
  const TransportHandle transport = transport_of(1);
  const Path path{.remote_mac = {}, .remote = client.local(), .local = client.remote()};
  const auto deliver = [&](std::vector<std::uint8_t> record) {
    dataplane.deliver(
        [=](DataplaneEvents& events) { events.on_datagram(0, path, transport, record); });
  };
  deliver({21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40});  // fatal: handshake_failure
  deliver(std::vector<std::uint8_t>{22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 1});
  media->poll(now, *this);
  EXPECT_EQ(closed.size(), 1U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
  EXPECT_EQ(media->counts().handshakes_waiting, 0U);
}

class TenHandshakesASecond : public HandshakeLimitsTest {
 protected:
  TenHandshakesASecond() : HandshakeLimitsTest({.per_second = 10}) {}
};

TEST_F(TenHandshakesASecond, WhoComesTooSoonIsLetInOnTime) {
  for (PeerId peer = 1; peer <= 5; ++peer) publish_patiently(peer);
  exchange();
  EXPECT_EQ(connected.size(), 1U);
  EXPECT_EQ(media->next_timeout(), now + 100 * kMillisecond);
  run_for(210 * kMillisecond);
  EXPECT_EQ(connected.size(), 3U);
  run_for(kSecond);
  EXPECT_EQ(connected.size(), 5U);
}

}  // namespace
}  // namespace penstock
