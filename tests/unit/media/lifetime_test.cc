// Peers as objects of a pool: its limit, who owns what, and that everything is back at its baseline
// after any life.
#include <algorithm>

#include "dataplane/base/prng.h"
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class FewPeers : public MediaTest {
 protected:
  FewPeers() : MediaTest(config()) {}
  static MediaConfig config() {
    MediaConfig config = default_config();
    config.peers_max = 2;
    return config;
  }
  const std::vector<DummyStream> one_stream = {{Codec::kOpus, ""}};
};

TEST_F(FewPeers, NoMorePeersThanConfiguredAndOneThatGoesMakesRoomAtOnce) {
  const auto published = publish(1);
  ASSERT_TRUE(offer_to(2, mlines_of(*published)).has_value());
  const MediaCounts full = media->counts();
  const std::size_t live = dataplane.live();
  EXPECT_EQ(publish(3).error().kind, MediaErrorKind::kCapacity);
  EXPECT_EQ(offer_to(3, mlines_of(*published)).error().kind, MediaErrorKind::kCapacity);
  EXPECT_EQ(media->publish_dummy(3, kTestRoom, one_stream, now).error().kind,
            MediaErrorKind::kCapacity);
  EXPECT_EQ(media->counts(), full);
  EXPECT_EQ(dataplane.live(), live);
  media->close(2, now);
  EXPECT_TRUE(media->publish_dummy(3, kTestRoom, one_stream, now).has_value());
}

TEST_F(FewPeers, AnOfferThatIsRefusedTakesNoPlace) {
  ASSERT_TRUE(publish(1).has_value());
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(media->publish(2, kTestRoom, "v=0\r\n", policy(), now).has_value());
    dataplane.refuse_create(1);
    EXPECT_FALSE(publish(2).has_value());
  }
  EXPECT_TRUE(publish(2).has_value());
}

using LifetimeTest = MediaTest;

TEST_F(LifetimeTest, EverythingOfAPeerIsCounted) {
  const auto published = publish(1);
  EXPECT_EQ(media->counts(), (MediaCounts{.peers = 1,
                                          .transports = 1,
                                          .streams = 2,
                                          .ufrags = 1,
                                          .connecting = 1,
                                          .rooms_placed = 1}));
  const auto offer = offer_to(2, mlines_of(*published));
  ASSERT_TRUE(answer(2, *offer).has_value());
  exchange();
  EXPECT_EQ(media->counts(), (MediaCounts{.peers = 2,
                                          .transports = 2,
                                          .streams = 2,
                                          .ufrags = 2,
                                          .connecting = 1,
                                          .rooms_placed = 1}));
  ASSERT_TRUE(offer_to(2, mlines_of(*published), true).has_value());
  EXPECT_EQ(media->counts().ufrags, 3U) << "the old one and the new one";
  media->close(1, now);
  media->close(2, now);
  EXPECT_EQ(media->counts(), MediaCounts{.dtls_jobs = 1}) << "a goodbye is on its way";
  media->poll(now, *this);
  EXPECT_EQ(media->counts(), MediaCounts{});
}

TEST_F(LifetimeTest, WalkingAPeerMarksItAndAllItOwns) {
  const auto published = publish(1);
  const auto offer = offer_to(2, mlines_of(*published));
  ASSERT_TRUE(answer(2, *offer).has_value());
  const std::vector<DummyStream> streams = {{Codec::kVp8, ""}};
  const auto dummy = media->publish_dummy(3, kTestRoom, streams, now);
  OwnershipWalk walk;
  media->expect_pools(walk);
  for (const PeerId peer : {PeerId{1}, PeerId{2}, PeerId{3}, PeerId{99}})
    media->walk_peer(walk, peer);
  EXPECT_EQ(walk.findings(), std::vector<std::string>{});
  EXPECT_EQ(dataplane.walked_transports.size(), 2U);
  EXPECT_EQ(dataplane.walked_streams,
            (std::vector{published->streams[0].handle, published->streams[1].handle,
                         dummy->front().handle}));
  EXPECT_EQ(dataplane.walked_subscriptions.size(), 2U);

  OwnershipWalk incomplete;
  media->expect_pools(incomplete);
  media->walk_peer(incomplete, 1);
  EXPECT_EQ(incomplete.findings().size(), 1U) << "peers 2 and 3 belong to nobody";
}

TEST_F(LifetimeTest, ReportsItsPool) {
  ASSERT_TRUE(publish(1).has_value());
  PoolReports reports;
  media->report_pools(reports);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].name, "peers");
  EXPECT_EQ(reports[0].counts.live, 1U);
  EXPECT_EQ(reports[0].counts.retired, 0U) << "what is destroyed goes at the end of the call";
}

// A listener that closes peers, others and those it is told of, while poll() goes on.
class ClosesEverybody final : public MediaEvents {
 public:
  ClosesEverybody(PeerConnections& peers, PeerId last) : peers_(peers), last_(last) {}
  void on_connected(PeerId, Timestamp now) override { close_all(now); }
  void on_closed(PeerId, std::string_view reason, Timestamp now) override {
    reasons.emplace_back(reason);
    close_all(now);
  }
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp now) override {
    close_all(now);
  }
  void on_layer(PeerId, std::uint32_t, Layer, Timestamp now) override { close_all(now); }
  void on_starved(PeerId, std::uint32_t, bool, Timestamp now) override { close_all(now); }
  void on_talking(PeerId, std::string_view, bool, float, Timestamp now) override { close_all(now); }

  std::vector<std::string> reasons;

 private:
  void close_all(Timestamp now) {
    for (PeerId peer = 1; peer <= last_; ++peer) peers_.close(peer, now);
    EXPECT_GT(peers_.counts().peers_retired, 0U) << "poll() may still use what it resolved";
  }
  PeerConnections& peers_;
  PeerId last_;
};

TEST_F(LifetimeTest, AListenerMayCloseEverybodyWhilePeersAreReported) {
  for (PeerId peer = 1; peer <= 5; ++peer) {
    OfferText offer;
    offer.ufrag += std::to_string(peer);
    ASSERT_TRUE(publish(peer, offer).has_value());
  }
  std::vector<TransportHandle> transports;
  for (const auto& [handle, fake] : dataplane.transports) transports.push_back(handle);
  dataplane.deliver([=](DataplaneEvents& events) {
    for (const TransportHandle transport : transports) events.on_consent_expired(transport);
  });
  ClosesEverybody listener(*media, 5);
  media->poll(now, listener);
  EXPECT_EQ(listener.reasons, std::vector<std::string>{"ICE failed"}) << "the others were closed";
  EXPECT_EQ(dataplane.live(), 0U);
  EXPECT_EQ(media->counts(), MediaCounts{});
}

TEST_F(LifetimeTest, APeerIsReportedOnceHoweverManyDatagramsCome) {
  ASSERT_TRUE(publish(1).has_value());
  const TransportHandle transport = transport_of(1);
  dataplane.deliver([=](DataplaneEvents& events) {
    for (int i = 0; i < 100; ++i) events.on_consent_expired(transport);
  });
  exchange();
  EXPECT_EQ(closed.size(), 1U);
}

TEST_F(LifetimeTest, AnyLivesLeaveNothing) {
  Prng prng(17);
  const auto source = publish(100, {.ufrag = "source"});
  const MediaCounts baseline = media->counts();
  for (int step = 0; step < 2'000; ++step) {
    const PeerId peer = 1 + prng.below(8);
    switch (prng.below(6)) {
      case 0:
        static_cast<void>(publish(peer, {.ufrag = "peer" + std::to_string(prng.below(4))}));
        break;
      case 1:
        static_cast<void>(offer_to(peer, mlines_of(*source), prng.below(2) == 0));
        break;
      case 2: {
        const std::vector<DummyStream> streams(1 + prng.below(4), {Codec::kVp8, ""});
        static_cast<void>(media->publish_dummy(peer, kTestRoom, streams, now));
        break;
      }
      case 3:
        dataplane.refuse_create(static_cast<int>(1 + prng.below(3)));
        break;
      default:
        media->close(peer, now);
    }
    ASSERT_EQ(media->counts().peers_retired, 0U);
    now += 20 * kMillisecond;
    if (step % 16 == 0) media->poll(now, *this);
  }
  for (PeerId peer = 1; peer <= 8; ++peer) media->close(peer, now);
  EXPECT_LE(media->counts().peers, 1U);
  media->close(100, now);
  EXPECT_EQ(media->counts(), MediaCounts{});
  EXPECT_NE(baseline, MediaCounts{});
}

TEST(Peer, NoSsrcComesTwice) {
  Peer peer(1, PeerRole::kSubscriber, 1);
  peer.ssrc_counter = 0xFFFF'0000;  // runs over
  std::vector<std::uint32_t> ssrcs;
  for (int i = 0; i < 200'000; ++i) ssrcs.push_back(peer.next_ssrc());
  std::ranges::sort(ssrcs);
  EXPECT_EQ(std::ranges::adjacent_find(ssrcs), ssrcs.end());
  EXPECT_NE(ssrcs.front(), 0U);
}

#ifdef PENSTOCK_TEST_HOOKS
TEST_F(LifetimeTest, APoolThatRefusesLeavesNothing) {
  test_hooks::state() = {.fail_at = 1};
  EXPECT_EQ(publish(1).error().kind, MediaErrorKind::kCapacity);
  test_hooks::state() = {};
  EXPECT_EQ(media->counts(), MediaCounts{});
  EXPECT_EQ(dataplane.live(), 0U);
  EXPECT_TRUE(publish(1).has_value());
}
#endif

}  // namespace
}  // namespace penstock
