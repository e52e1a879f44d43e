// What becomes of a connection while somebody else works on its DTLS association: nothing that
// happens meanwhile is lost or waits for it.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class DtlsJobsTest : public MediaTest {
 protected:
  explicit DtlsJobsTest(MediaConfig config = default_config()) : MediaTest(std::move(config)) {}

  test::WebRtcClient& start(PeerId peer) {
    test::WebRtcClient& client = make_client(peer, {.dtls_timeout = 60 * kSecond});
    const std::string offer = client.make_publish_offer({{.kind = MediaKind::kAudio, .sender = 1}});
    const auto result = media->publish(peer, kTestRoom, offer, policy(), now);
    EXPECT_TRUE(result && client.accept_publish_answer(result->answer_sdp, now));
    return client;
  }
  // A record that says nothing to anybody, from the client's address.
  void deliver_record(PeerId peer) {
    test::WebRtcClient& client = client_of(peer);
    const Path path{.remote_mac = {}, .remote = client.local(), .local = client.remote()};
    dataplane.deliver([this, peer, path](DataplaneEvents& events) {
      static const std::vector<std::uint8_t> kRecord = {23, 0xFE, 0xFD, 0, 1, 0, 0,
                                                        0,  0,    0,    9, 0, 1, 0};
      events.on_datagram(fake_transport(peer).config.worker, path, transport_of(peer), kRecord);
    });
  }
};

TEST_F(DtlsJobsTest, NothingOfTheHandshakeIsDoneByThePoll) {
  dtls_executor.is_holding = true;
  test::WebRtcClient& client = start(1);
  exchange();
  EXPECT_EQ(dtls_executor.waiting(), 1U);
  EXPECT_EQ(media->counts().dtls_jobs, 1U);
  EXPECT_EQ(media->counts().handshakes_in_flight, 1U);
  EXPECT_TRUE(client.is_ice_connected()) << "checks are answered meanwhile";
  EXPECT_FALSE(media->poll(now, *this)) << "there is nothing to do but to wait for it";
  EXPECT_GT(media->next_timeout(), now);
  dtls_executor.is_holding = false;
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{1});
  EXPECT_EQ(media->counts().dtls_jobs, 0U);
}

// The client's second flight comes in several datagrams while the first one of them is looked at.
TEST_F(DtlsJobsTest, WhatComesMeanwhileIsTakenInOrder) {
  start(1);
  dtls_executor.is_holding = true;
  for (int turn = 0; turn < 20 && connected.empty(); ++turn) {
    exchange();
    dtls_executor.run_waiting(now);
  }
  EXPECT_EQ(connected, std::vector<PeerId>{1});
  EXPECT_EQ(media->stats().dtls_datagrams_discarded, 0U);
}

TEST_F(DtlsJobsTest, WhoIsClosedWhileHisAssociationIsUnderWayIsToldSoAfterwards) {
  test::WebRtcClient& client = start(1);
  exchange();
  ASSERT_EQ(connected, std::vector<PeerId>{1});
  for (const bool was_run : {false, true}) {
    dtls_executor.is_holding = true;
    dtls_executor.is_returning = false;
    deliver_record(was_run ? 2 : 1);
    media->poll(now, *this);
    EXPECT_EQ(media->counts().dtls_jobs, 1U);
    if (was_run) dtls_executor.run_waiting(now);
    media->close(was_run ? 2 : 1, now);
    EXPECT_EQ(dataplane.live(), 0U) << "gone at once, for media";
    dtls_executor.is_holding = false;
    dtls_executor.is_returning = true;
    exchange();
    EXPECT_EQ(media->counts().dtls_jobs, 0U);
    EXPECT_EQ(client_of(was_run ? 2 : 1).dtls_state(), DtlsState::kClosed);
    if (was_run) break;
    start(2);
    exchange();
    ASSERT_EQ(connected, (std::vector<PeerId>{1, 2}));
  }
  EXPECT_EQ(client.dtls_state(), DtlsState::kClosed);
}

// RFC 7675 section 5.1.
TEST_F(DtlsJobsTest, NothingIsSaidWithoutConsentWhoeverHasTheAssociation) {
  start(1);
  exchange();
  dtls_executor.is_holding = true;
  deliver_record(1);
  const TransportHandle transport = transport_of(1);
  dataplane.deliver([=](DataplaneEvents& events) { events.on_consent_expired(transport); });
  media->poll(now, *this);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].second, "ICE failed");
  EXPECT_EQ(dataplane.live(), 0U);
  dtls_executor.is_holding = false;
  while (media->counts().dtls_jobs > 0) media->poll(now, *this);
  EXPECT_TRUE(dataplane.sent.empty());
}

TEST_F(DtlsJobsTest, AClosedPeersHandshakeHoldsNoPlaceOfTheOthers) {
  dtls_executor.is_holding = true;
  start(1);
  exchange();
  media->close(1, now);
  EXPECT_EQ(media->counts().handshakes_in_flight, 0U);
  EXPECT_EQ(media->counts().dtls_jobs, 1U);
  dtls_executor.is_holding = false;
  start(2);
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{2});
}

// As many goodbyes as there can be peers, a few of them a turn.
TEST_F(DtlsJobsTest, ManyWhoAreClosedAtOnceTakeMoreThanOneTurn) {
  constexpr PeerId kPeers = 40;
  for (PeerId peer = 1; peer <= kPeers; ++peer) start(peer);
  run_for(kSecond);
  ASSERT_EQ(connected.size(), kPeers);
  media->close_all(now);
  EXPECT_EQ(dataplane.live(), 0U);
  int turns = 0;
  for (; media->poll(now, *this); ++turns) {
  }
  EXPECT_GE(turns, 5);
  EXPECT_EQ(media->counts().dtls_jobs, 0U);
  exchange();
  for (PeerId peer = 1; peer <= kPeers; ++peer)
    EXPECT_EQ(client_of(peer).dtls_state(), DtlsState::kClosed) << peer;
}

class TwoPeersAtMost : public DtlsJobsTest {
 protected:
  TwoPeersAtMost() : DtlsJobsTest(two_peers()) {}
  static MediaConfig two_peers() {
    MediaConfig config = default_config();
    config.peers_max = 2;
    return config;
  }
};

// Peers that come and go faster than their associations end.
TEST_F(TwoPeersAtMost, NoMoreAssociationsWaitForTheirEndThanThereCanBePeers) {
  dtls_executor.is_holding = true;
  for (PeerId peer = 1; peer <= 5; ++peer) {
    start(peer);
    exchange();
    media->close(peer, now);
  }
  EXPECT_EQ(media->counts().dtls_jobs, 2U);
  start(6);
  exchange();
  EXPECT_EQ(media->counts().handshakes_waiting, 1U);
  dtls_executor.is_holding = false;
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{6});
}

}  // namespace
}  // namespace penstock
