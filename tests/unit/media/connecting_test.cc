// From the first check to SRTP keys: the order that security rests on, and every way to end.
#include "dataplane/stun/message.h"
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class ConnectingTest : public MediaTest {
 protected:
  // A client that publishes audio and video; its answer is accepted if `accepts`.
  test::WebRtcClient& start(PeerId peer, bool accepts = true) {
    test::WebRtcClient& client = client_of(peer);
    const std::string offer = client.make_publish_offer({{.kind = MediaKind::kAudio, .sender = 1}});
    const auto result = media->publish(peer, kTestRoom, offer, policy(), now);
    EXPECT_TRUE(result.has_value());
    EXPECT_TRUE(!accepts || client.accept_publish_answer(result->answer_sdp, now));
    return client;
  }
};

TEST_F(ConnectingTest, ChecksThenDtlsThenKeys) {
  test::WebRtcClient& client = start(1);
  EXPECT_TRUE(fake_transport(1).flows.empty());
  exchange();
  EXPECT_TRUE(client.is_connected());
  EXPECT_EQ(connected, std::vector<PeerId>{1});
  const auto& transport = fake_transport(1);
  EXPECT_EQ(transport.flows.size(), 1U);
  ASSERT_TRUE(transport.selected.has_value());
  EXPECT_EQ(transport.selected->remote, client.local());
  EXPECT_EQ(transport.keys.size(), 1U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
}

TEST_F(ConnectingTest, AFlowThatAnotherTransportTookIsTakenBackByTheNextCheck) {
  test::WebRtcClient& client = start(1);
  exchange();
  for (auto& [handle, transport] : dataplane.transports) transport.flows.clear();
  run_for(10 * kSecond);  // checks that a worker does not know come here
  EXPECT_EQ(fake_transport(1).flows.count(client.local()), 1U);
}

TEST_F(ConnectingTest, ACheckForAnUnknownUserIsNotAnswered) {
  start(1);
  media->close(1, now);
  exchange();
  EXPECT_TRUE(dataplane.sent.empty());
  EXPECT_TRUE(connected.empty());
}

TEST_F(ConnectingTest, ACheckThatCameToAnotherWorkersPortIsNotAnswered) {
  test::WebRtcClient& client = start(1);
  client.handle_timeout(now);
  test::ClientDatagram datagram;
  ASSERT_TRUE(client.poll_output(datagram));
  const auto wrong = static_cast<WorkerIndex>(1 - fake_transport(1).config.worker);
  dataplane.deliver([&](DataplaneEvents& events) {
    events.on_datagram(wrong, {.remote_mac = {}, .remote = client.local(), .local = datagram.to},
                       {}, datagram.bytes);
  });
  media->poll(now, *this);
  EXPECT_TRUE(dataplane.sent.empty());
  EXPECT_TRUE(fake_transport(1).flows.empty());
}

TEST_F(ConnectingTest, WithoutAnyCheckTheConnectionFails) {
  start(1, false);
  run_for(60 * kSecond);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "ICE failed");
  EXPECT_FALSE(media->exists(1));
}

TEST_F(ConnectingTest, ACertificateThatIsNotTheOffersGetsNoKeys) {
  // The offer names another certificate than the client's handshake shows.
  test::WebRtcClient& client = client_of(1);
  std::string offer = client.make_publish_offer({{.kind = MediaKind::kAudio, .sender = 1}});
  const std::string own = certificate.fingerprint_sha256();
  const std::string other = Certificate::generate(1'700'000'000)->fingerprint_sha256();
  offer.replace(offer.find(own), own.size(), other);
  const auto result = media->publish(1, kTestRoom, offer, policy(), now);
  ASSERT_TRUE(result.has_value());
  ASSERT_TRUE(client.accept_publish_answer(result->answer_sdp, now));
  exchange();
  EXPECT_TRUE(connected.empty());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "DTLS error");
  EXPECT_FALSE(client.is_connected());
}

TEST_F(ConnectingTest, WithoutMemoryForItsKeysThePeerEndsAndItsClientIsTold) {
  test::WebRtcClient& client = start(1);
  dataplane.has_memory_for_keys = false;
  exchange();
  EXPECT_TRUE(connected.empty());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "DTLS error");
  EXPECT_EQ(client.dtls_state(), DtlsState::kClosed) << "it said goodbye";
  EXPECT_EQ(dataplane.live(), 0U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
}

TEST_F(ConnectingTest, AGoodbyeEndsThePeer) {
  test::WebRtcClient& client = start(1);
  exchange();
  client.close(now);
  exchange();
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "DTLS alert");
  EXPECT_EQ(dataplane.live(), 0U);
}

// Records of no epoch that has keys, and half a record.
TEST_F(ConnectingTest, WhatAnybodyCouldHaveSentDoesNotEndThePeerAndIsCounted) {
  const test::WebRtcClient& client = start(1);
  exchange();
  ASSERT_EQ(connected.size(), 1U);
  const auto deliver = [&](std::vector<std::uint8_t> record) {
    dataplane.deliver([&, record](DataplaneEvents& events) {
      events.on_datagram(fake_transport(1).config.worker,
                         {.remote_mac = {}, .remote = client.local(), .local = client.remote()},
                         transport_of(1), record);
    });
  };
  deliver({21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 77, 0, 2, 2, 40});
  deliver({21, 0xFE, 0xFD, 0, 7, 0, 0, 0, 0, 0, 78, 0, 2, 2, 40});
  deliver({21, 0xFE, 0xFD, 0});
  exchange();
  EXPECT_TRUE(closed.empty());
  EXPECT_EQ(media->stats().dtls_records_discarded, 2U);
  EXPECT_EQ(media->stats().dtls_datagrams_discarded, 3U);
}

TEST_F(ConnectingTest, LostConsentEndsThePeer) {
  start(1);
  exchange();
  const TransportHandle transport = transport_of(1);
  dataplane.deliver([=](DataplaneEvents& events) { events.on_consent_expired(transport); });
  exchange();
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "ICE failed");
  // The worker says it again until it has noticed.
  dataplane.deliver([=](DataplaneEvents& events) { events.on_consent_expired(transport); });
  exchange();
  EXPECT_EQ(closed.size(), 1U);
}

TEST_F(ConnectingTest, CloseSaysGoodbyeToTheClient) {
  test::WebRtcClient& client = start(1);
  exchange();
  media->close(1, now);
  exchange();
  EXPECT_EQ(client.dtls_state(), DtlsState::kClosed);
  EXPECT_TRUE(closed.empty()) << "no event follows";
}

TEST_F(ConnectingTest, CloseWorksInEveryStateOfAConnection) {
  // Each peer gets one datagram further than the one before; the fixture checks what is left.
  for (PeerId peer = 1; peer <= 12; ++peer) {
    test::WebRtcClient& client = start(peer);
    client.handle_timeout(now);
    for (PeerId steps = 0; steps < peer; ++steps) {
      test::ClientDatagram datagram;
      if (!client.poll_output(datagram)) break;
      const Path path{.remote_mac = {}, .remote = client.local(), .local = datagram.to};
      const bool is_known = fake_transport(peer).flows.contains(client.local());
      const auto transport =
          datagram.bytes[0] < 4 || !is_known ? TransportHandle{} : transport_of(peer);
      const WorkerIndex worker = fake_transport(peer).config.worker;
      dataplane.deliver([&](DataplaneEvents& events) {
        events.on_datagram(worker, path, transport, datagram.bytes);
      });
      media->poll(now, *this);
      for (const auto& sent : std::exchange(dataplane.sent, {}))
        client.handle_datagram(now, sent.path.local, sent.bytes);
    }
    media->close(peer, now);
    EXPECT_EQ(dataplane.live(), 0U) << peer;
    EXPECT_EQ(media->counts().handshakes_in_flight, 0U) << peer;
    dataplane.sent.clear();
  }
}

TEST_F(ConnectingTest, EventsForAPeerThatIsGoneAreHarmless) {
  start(1);
  exchange();
  const TransportHandle transport = transport_of(1);
  media->close(1, now);
  const std::vector<std::uint8_t> record(20, 22);
  dataplane.deliver([=](DataplaneEvents& events) {
    events.on_datagram(0, {}, transport, record);
    events.on_path_selected(transport, {});
    events.on_consent_expired(transport);
  });
  exchange();
  EXPECT_TRUE(closed.empty());
}

}  // namespace
}  // namespace penstock
