// Peers that are addresses: what the data plane is told of them, that they follow their streams,
// and that they leave nothing.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class ForwardingTest : public MediaTest {
 protected:
  ForwardingTest() : MediaTest(config()) {}
  static MediaConfig config() {
    MediaConfig config = default_config();
    config.source_addresses = {IpAddress::from_v4({198, 18, 0, 1})};
    config.forwarders_max = 3;
    return config;
  }
  std::expected<Forwarding, MediaError> forward(PeerId peer, const ForwardedStream& stream,
                                                const ForwardDestination& to = kThere) {
    return media->forward(peer, kTestRoom, to, {&stream, 1}, now);
  }
  const FakeDataplane::FakeSubscription& only_subscription() {
    EXPECT_EQ(dataplane.subscriptions.size(), 1U);
    return dataplane.subscriptions.begin()->second;
  }
  const FakeDataplane::FakeTransport& plain_transport() {
    for (const auto& [handle, transport] : dataplane.transports) {
      if (transport.config.kind == TransportKind::kPlain) return transport;
    }
    ADD_FAILURE() << "nothing is forwarded";
    return dataplane.transports.begin()->second;
  }

  static inline const ForwardDestination kThere{
      .address = {IpAddress::from_v4({192, 0, 2, 7}), 5'004}, .rtcp_port = 5'005, .keys = {}};
};

TEST_F(ForwardingTest, AStreamIsSubscribedByAPlainTransport) {
  const auto published = publish(1).value();
  const auto made = forward(9, {.source = &published.streams[1]});
  ASSERT_TRUE(made.has_value()) << made.error().text;
  const FakeDataplane::FakeTransport& transport = plain_transport();
  EXPECT_EQ(transport.config.plain.path.remote, kThere.address);
  EXPECT_EQ(transport.config.plain.path.local.port, made->local_port);
  EXPECT_EQ(to_string(transport.config.plain.path.local.ip), "198.18.0.1");
  EXPECT_EQ(transport.config.plain.rtcp_port, 5'005);
  EXPECT_EQ(transport.keys.at(0).profile, SrtpProfile::kNone);
  const SubscriptionConfig& subscription = only_subscription().config;
  EXPECT_EQ(subscription.target.stream, published.streams[1].handle);
  EXPECT_EQ(subscription.target.payload_type, 120);  // the publisher's
  EXPECT_EQ(subscription.ssrc, 11U);                 // likewise
  EXPECT_EQ(subscription.target.rtx_ssrc, 0U);
  EXPECT_FALSE(subscription.only_encoding.has_value());
  EXPECT_EQ(media->counts().forwarders, 1U);
}

TEST_F(ForwardingTest, NumbersThatAreAskedForAreUsed) {
  const auto published = publish(1).value();
  ASSERT_TRUE(forward(9, {.source = &published.streams[1], .ssrc = 77, .payload_type = 100}));
  EXPECT_EQ(only_subscription().config.ssrc, 77U);
  EXPECT_EQ(only_subscription().config.target.payload_type, 100);
}

TEST_F(ForwardingTest, KeysAreThoseOfTheRequest) {
  const auto published = publish(1).value();
  ForwardDestination to = kThere;
  to.keys.emplace().profile = SrtpProfile::kAes128CmSha1_32;
  ASSERT_TRUE(forward(9, {.source = &published.streams[1]}, to));
  EXPECT_EQ(plain_transport().keys.at(0).profile, SrtpProfile::kAes128CmSha1_32);
}

TEST_F(ForwardingTest, ASubstreamIsOneEncodingAndNeverAnother) {
  PublishedStream video = publish(1).value().streams[1];
  ASSERT_TRUE(forward(9, {.source = &video, .substream = 1}));
  EXPECT_TRUE(only_subscription().is_paused) << "there is no such substream";
  media->set_paused(9, std::nullopt, false);
  EXPECT_TRUE(only_subscription().is_paused);
  media->close(9, now);
  video.is_simulcast = true;
  video.encodings = 3;
  ASSERT_TRUE(forward(9, {.source = &video, .substream = 1}));
  EXPECT_EQ(only_subscription().config.only_encoding, 1);
}

TEST_F(ForwardingTest, AnotherCodecOfTheStreamIsFollowed) {
  OfferText offer;
  const auto published = publish(1, offer).value();
  ASSERT_TRUE(forward(9, {.source = &published.streams[1]}));
  offer.lines[1].codec = Codec::kH264;
  ASSERT_TRUE(publish(1, offer).has_value());
  EXPECT_EQ(only_subscription().config.target.codec, Codec::kH264);
}

TEST_F(ForwardingTest, ItEndsByCloseAndOutlivesItsStream) {
  const auto published = publish(1).value();
  ASSERT_TRUE(forward(9, {.source = &published.streams[1]}));
  media->close(1, now);
  EXPECT_TRUE(media->exists(9));
  run_for(60 * kSecond);
  EXPECT_TRUE(media->exists(9));
  media->close(9, now);
  EXPECT_EQ(media->counts(), MediaCounts{});
  EXPECT_EQ(dataplane.live(), 0U);
}

TEST_F(ForwardingTest, AFullDataPlaneLeavesNothing) {
  const auto published = publish(1).value();
  const MediaCounts before = media->counts();
  const std::size_t live = dataplane.live();
  for (int k = 1; k <= 2; ++k) {
    dataplane.refuse_create(k);
    EXPECT_EQ(forward(9, {.source = &published.streams[1]}).error().kind,
              MediaErrorKind::kCapacity);
    EXPECT_EQ(media->counts(), before) << k;
    EXPECT_EQ(dataplane.live(), live) << k;
  }
  EXPECT_TRUE(forward(9, {.source = &published.streams[1]}).has_value());
}

TEST_F(ForwardingTest, ThereAreNoMoreThanThereMayBe) {
  const auto published = publish(1).value();
  for (PeerId peer = 9; peer < 12; ++peer)
    ASSERT_TRUE(forward(peer, {.source = &published.streams[1]}));
  EXPECT_EQ(forward(12, {.source = &published.streams[1]}).error().kind, MediaErrorKind::kCapacity);
  media->close(9, now);
  EXPECT_TRUE(forward(12, {.source = &published.streams[1]}).has_value());
}

TEST_F(ForwardingTest, EachStreamOfSeveralCounts) {
  const auto published = publish(1).value();
  const std::vector<ForwardedStream> both = {{.source = &published.streams[0], .ssrc = 1'000},
                                             {.source = &published.streams[1], .ssrc = 1'010}};
  ASSERT_TRUE(media->forward(9, kTestRoom, kThere, both, now).has_value());
  EXPECT_EQ(media->counts().forwarders, 2U);
  EXPECT_EQ(dataplane.subscriptions.size(), 2U);
  EXPECT_EQ(media->forward(10, kTestRoom, kThere, both, now).error().kind,
            MediaErrorKind::kCapacity);
  media->set_paused(9, 1, true);
  for (const auto& [handle, subscription] : dataplane.subscriptions)
    EXPECT_EQ(subscription.is_paused, subscription.config.ssrc == 1'010);
  media->close(9, now);
  EXPECT_EQ(media->counts().forwarders, 0U);
}

TEST_F(ForwardingTest, WithoutAnAddressOfTheFamilyNothingIsForwarded) {
  const auto published = publish(1).value();
  ForwardDestination to = kThere;
  to.address.ip = parse_ip_address("2001:db8::7").value();
  EXPECT_EQ(forward(9, {.source = &published.streams[1]}, to).error().kind,
            MediaErrorKind::kNoUsableStream);
  EXPECT_FALSE(media->exists(9));
}

}  // namespace
}  // namespace penstock
