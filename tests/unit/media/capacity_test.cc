// A data plane that is full at any point: the call fails as a whole, everything is as before, and
// the same call succeeds once there is room. Method: the k-th create is refused, for every k.
#include <set>

#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

constexpr int kCreatesOfAPublisher = 3;  // a transport, two streams

TEST_F(MediaTest, AFirstOfferThatDoesNotFitLeavesNothing) {
  for (int k = 1; k <= kCreatesOfAPublisher; ++k) {
    dataplane.refuse_create(k);
    EXPECT_EQ(publish(1).error().kind, MediaErrorKind::kCapacity) << k;
    EXPECT_EQ(dataplane.live(), 0U) << k;
    EXPECT_FALSE(media->exists(1));
    EXPECT_EQ(media->counts().rooms_placed, 0U);
  }
  EXPECT_TRUE(publish(1).has_value());
}

TEST_F(MediaTest, ARenegotiationThatDoesNotFitChangesNothing) {
  const auto first = publish(1);
  OfferText offer;
  offer.lines[0].ssrc = 77;  // changed in place
  offer.lines.push_back({MediaKind::kVideo, "2", true, 12});
  offer.lines.push_back({MediaKind::kVideo, "3", true, 13});
  for (int k = 1; k <= 2; ++k) {
    dataplane.refuse_create(k);
    EXPECT_EQ(publish(1, offer).error().kind, MediaErrorKind::kCapacity) << k;
    EXPECT_EQ(dataplane.streams.size(), 2U) << k;
    EXPECT_EQ(dataplane.streams.at(first->streams[0].handle).signalled_ssrcs[0], 10U) << k;
    EXPECT_TRUE(dataplane.streams.contains(first->streams[0].handle));
    EXPECT_TRUE(dataplane.streams.contains(first->streams[1].handle));
  }
  EXPECT_TRUE(publish(1, offer).has_value());
  EXPECT_EQ(dataplane.streams.size(), 4U);
}

TEST_F(MediaTest, ARestartThatDoesNotFitKeepsTheCredentialsAndForgetsTheNewOnes) {
  ASSERT_TRUE(publish(1).has_value());
  const IceCredentials before = fake_transport(1).ice;
  OfferText offer;
  offer.ufrag = "restarted";
  offer.lines.push_back({MediaKind::kVideo, "2", true, 12});
  dataplane.refuse_create(1);
  EXPECT_FALSE(publish(1, offer).has_value());
  EXPECT_EQ(fake_transport(1).ice, before);
  EXPECT_TRUE(publish(1).has_value()) << "the offer of before is no restart";
}

TEST_F(MediaTest, AnOfferWithoutRoomForTheTransportMakesNoPeer) {
  const auto published = publish(1);
  dataplane.refuse_create(1);
  EXPECT_EQ(offer_to(2, mlines_of(*published)).error().kind, MediaErrorKind::kCapacity);
  EXPECT_FALSE(media->exists(2));
}

TEST_F(MediaTest, AnAnswerThatDoesNotFitSubscribesNothingAndCanBeSentAgain) {
  OfferText offer;
  offer.lines.push_back({MediaKind::kVideo, "2", true, 12});
  const auto published = publish(1, offer);
  const auto sdp = offer_to(2, mlines_of(*published));
  for (int k = 1; k <= 3; ++k) {
    dataplane.refuse_create(k);
    const auto refused = answer(2, *sdp);
    ASSERT_FALSE(refused.has_value()) << k;
    EXPECT_EQ(refused.error().kind, MediaErrorKind::kCapacity);
    EXPECT_TRUE(dataplane.subscriptions.empty()) << k;
    EXPECT_TRUE(dataplane.ssrcs_used.empty()) << "none may have sent: its SSRC is offered still";
  }
  EXPECT_TRUE(answer(2, *sdp).has_value());
  EXPECT_EQ(dataplane.flowing(), 3U);
}

TEST_F(MediaTest, ALaterAnswerThatDoesNotFitLeavesWhatFlows) {
  const auto published = publish(1);
  auto mlines = mlines_of(*published);
  const auto video = mlines.back();
  mlines.pop_back();
  const auto first = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *first).has_value());
  mlines.push_back(video);
  mlines.push_back(video);
  const auto second = offer_to(2, mlines);
  for (int k = 1; k <= 2; ++k) {
    dataplane.refuse_create(k);
    EXPECT_FALSE(answer(2, *second).has_value());
    EXPECT_EQ(dataplane.flowing(), 1U);
    EXPECT_EQ(dataplane.subscriptions.size(), 1U);
  }
  EXPECT_TRUE(answer(2, *second).has_value());
  EXPECT_EQ(dataplane.flowing(), 3U);
}

}  // namespace
}  // namespace penstock
