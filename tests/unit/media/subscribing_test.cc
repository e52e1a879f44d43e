// Subscribers: offers, answers, m-lines that are used again, and that an SSRC never is.
#include <algorithm>
#include <set>

#include "dataplane/rtp/rtcp/cname.h"
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class SubscribingTest : public MediaTest {
 protected:
  SubscribingTest() : published(publish(1).value()), mlines(mlines_of(published)) {}

  void expect_ssrcs_are_unique() {
    const std::set<std::uint32_t> unique(dataplane.ssrcs_used.begin(), dataplane.ssrcs_used.end());
    EXPECT_EQ(unique.size(), dataplane.ssrcs_used.size());
  }
  void set_active(bool is_active) {
    for (SubscriberMline& mline : mlines) mline.is_active = is_active;
  }

  // The one subscription to this stream.
  const FakeDataplane::FakeSubscription& subscription_of(StreamHandle stream) {
    static const FakeDataplane::FakeSubscription kNone;
    for (const auto& [handle, subscription] : dataplane.subscriptions) {
      if (subscription.config.target.stream == stream) return subscription;
    }
    ADD_FAILURE() << "nobody receives it";
    return kNone;
  }

  PublishResult published;
  std::vector<SubscriberMline> mlines;
};

TEST_F(SubscribingTest, NothingIsSubscribedBeforeTheAnswer) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(offer.has_value()) << offer.error().text;
  EXPECT_TRUE(dataplane.subscriptions.empty());
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(dataplane.flowing(), 2U);
  for (const auto& [handle, subscription] : dataplane.subscriptions) {
    EXPECT_NE(offer->find("a=ssrc:" + std::to_string(subscription.config.ssrc)), std::string::npos);
  }
}

TEST_F(SubscribingTest, RedIsOfferedWhereItMayComeAndSentToWhoTakesIt) {
  mlines[0].has_red = true;
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(offer.has_value()) << offer.error().text;
  EXPECT_NE(offer->find("a=rtpmap:120 red/48000/2\r\na=fmtp:120 111/111\r\n"), std::string::npos);
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(subscription_of(mlines[0].source).config.target.red_payload_type, 120);
  EXPECT_EQ(subscription_of(mlines[1].source).config.target.red_payload_type, 0);
  const auto again = offer_to(2, mlines);
  std::string plain = *again;  // as who takes none reads it
  plain.replace(plain.find("SAVPF 111 120"), 13, "SAVPF 111");
  ASSERT_TRUE(answer(2, plain).has_value());
  EXPECT_EQ(subscription_of(mlines[0].source).config.target.red_payload_type, 0);
}

TEST_F(SubscribingTest, ThereIsOneCnameForAllOfAPublisherInDescriptionsAndReportsAlike) {
  const auto other = publish(3, {.ufrag = "another"});
  for (const SubscriberMline& mline : mlines_of(*other)) mlines.push_back(mline);
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto cname = [&](std::size_t line) {
    return subscription_of(mlines[line].source).config.cname;
  };
  EXPECT_EQ(cname(0), cname(1));
  EXPECT_EQ(cname(2), cname(3));
  EXPECT_NE(cname(0), cname(2));
  for (const auto& [handle, subscription] : dataplane.subscriptions) {
    const SubscriptionConfig& config = subscription.config;
    for (const std::uint32_t ssrc : {config.ssrc, config.target.rtx_ssrc}) {
      if (ssrc == 0) continue;
      EXPECT_NE(offer->find("a=ssrc:" + std::to_string(ssrc) +
                            " cname:" + std::string(CnameText(config.cname).view()) + "\r\n"),
                std::string::npos);
    }
  }
}

// As its SSRC does: nobody is told anything.
TEST_F(SubscribingTest, TheCnameStaysWhenAnotherSourceIsShown) {
  static_cast<void>(answer(2, *offer_to(2, mlines)));
  const auto before = subscription_of(mlines[1].source).config;
  mlines[1].source = publish(3, {.ufrag = "another"})->streams[1].handle;
  ASSERT_TRUE(*media->retarget(2, mlines, [] {}));
  const auto next = offer_to(2, mlines);
  EXPECT_NE(next->find("a=ssrc:" + std::to_string(before.ssrc) +
                       " cname:" + std::string(CnameText(before.cname).view())),
            std::string::npos);
}

TEST_F(SubscribingTest, ReducedSizeRtcpIsSentToWhoTakesItOnAllMlines) {
  const auto offer = offer_to(2, mlines);
  std::string text = client_of(2).answer_subscription(*offer, now);
  ASSERT_TRUE(media->accept_answer(2, text, now).has_value());
  EXPECT_TRUE(fake_transport(2).options.is_reduced_size);
  constexpr std::string_view kLine = "a=rtcp-rsize\r\n";
  const auto next = offer_to(2, mlines);
  text = client_of(2).answer_subscription(*next, now);
  text.erase(text.find(kLine), kLine.size());
  ASSERT_TRUE(media->accept_answer(2, text, now).has_value());
  EXPECT_FALSE(fake_transport(2).options.is_reduced_size);
}

TEST_F(SubscribingTest, RtxIsForVideoAndForWhoTakesIt) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(offer.has_value());
  std::string plain = client_of(2).answer_subscription(*offer, now);
  ASSERT_TRUE(media->accept_answer(2, plain, now).has_value());
  std::size_t with_rtx = 0;
  for (const auto& [handle, subscription] : dataplane.subscriptions) {
    const SubscriptionConfig& config = subscription.config;
    if (config.target.rtx_ssrc == 0) continue;
    ++with_rtx;
    EXPECT_EQ(config.target.rtx_payload_type, config.target.payload_type + 1);
    EXPECT_NE(offer->find("a=ssrc-group:FID " + std::to_string(config.ssrc) + " " +
                          std::to_string(config.target.rtx_ssrc)),
              std::string::npos);
  }
  EXPECT_EQ(with_rtx, 1U);
}

TEST_F(SubscribingTest, WhoRefusesRtxGetsNone) {
  const auto offer = offer_to(2, mlines);
  std::string refusing = client_of(2).answer_subscription(*offer, now);
  const std::size_t at = refusing.find("SAVPF 96 97");
  ASSERT_NE(at, std::string::npos);
  refusing.erase(at + 8, 3);
  ASSERT_TRUE(media->accept_answer(2, refusing, now).has_value());
  EXPECT_EQ(dataplane.flowing(), 2U);
  for (const auto& [handle, subscription] : dataplane.subscriptions) {
    EXPECT_EQ(subscription.config.target.rtx_ssrc, 0U);
  }
}

TEST_F(SubscribingTest, WarnsOfMlinesThatTheReceiverRejects) {
  const auto offer = offer_to(2, mlines);
  std::string answer = client_of(2).answer_subscription(*offer, now);
  const std::size_t at = answer.find("m=video 9");
  ASSERT_NE(at, std::string::npos);
  answer.replace(at, 9, "m=video 0");
  const auto warnings = media->accept_answer(2, answer, now);
  ASSERT_TRUE(warnings.has_value()) << warnings.error().text;
  EXPECT_EQ(*warnings,
            std::vector<std::string>{"m-line 1 (mid 1): offered, and rejected by the subscriber"});
  EXPECT_TRUE(media->receives(2, 0));
  EXPECT_FALSE(media->receives(2, 1));
  EXPECT_FALSE(media->receives(2, 2)) << "there is none";
}

TEST_F(SubscribingTest, AnAnswerWithoutAnOfferIsRefused) {
  EXPECT_EQ(media->accept_answer(2, "v=0\r\n", now).error().kind, MediaErrorKind::kWrongState);
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(answer(2, *offer).error().kind, MediaErrorKind::kWrongState) << "it was answered";
}

TEST_F(SubscribingTest, ABadAnswerCanBeSentAgain) {
  const auto offer = offer_to(2, mlines);
  EXPECT_EQ(media->accept_answer(2, "nonsense", now).error().kind, MediaErrorKind::kInvalidSdp);
  EXPECT_EQ(dataplane.subscriptions.size(), 0U);
  EXPECT_TRUE(answer(2, *offer).has_value());
}

TEST_F(SubscribingTest, MlinesAreUsedAgainWithANewSsrcEachTime) {
  for (int round = 0; round < 5; ++round) {
    set_active(true);
    const auto on = offer_to(2, mlines);
    ASSERT_TRUE(on.has_value());
    ASSERT_TRUE(answer(2, *on).has_value());
    EXPECT_EQ(dataplane.flowing(), 2U);
    set_active(false);
    const auto off = offer_to(2, mlines);
    EXPECT_EQ(dataplane.subscriptions.size(), 0U) << "silent at once, before the answer";
    ASSERT_TRUE(answer(2, *off).has_value());
  }
  EXPECT_EQ(dataplane.ssrcs_used.size(), 15U) << "audio, video, and RTX of the video";
  expect_ssrcs_are_unique();
}

TEST_F(SubscribingTest, AnMlineThatTheReceiverSwitchesOffAndOnAgainGetsANewSsrc) {
  const auto first = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *first).has_value());
  for (int round = 0; round < 3; ++round) {
    const auto again = offer_to(2, mlines);
    std::string refusing = client_of(2).answer_subscription(*again, now);
    for (std::size_t at; (at = refusing.find("a=recvonly")) != std::string::npos;)
      refusing.replace(at, 10, "a=inactive");
    ASSERT_TRUE(media->accept_answer(2, refusing, now).has_value());
    EXPECT_EQ(dataplane.subscriptions.size(), 0U);
    const auto back = offer_to(2, mlines);
    ASSERT_TRUE(answer(2, *back).has_value());
    EXPECT_EQ(dataplane.flowing(), 2U);
  }
  expect_ssrcs_are_unique();
}

TEST_F(SubscribingTest, WhatStaysKeepsItsSubscription) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto before = dataplane.subscriptions.begin()->first;
  mlines[1].is_active = false;
  const auto next = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *next).has_value());
  ASSERT_EQ(dataplane.subscriptions.size(), 1U);
  EXPECT_EQ(dataplane.subscriptions.begin()->first, before);
}

TEST_F(SubscribingTest, AnotherSourceOfTheSameCodecIsShownAtOnceWithTheSameSsrc) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto before = subscription_of(mlines[1].source).config;
  const auto other = publish(3, {.ufrag = "another"});
  mlines[1].source = other->streams[1].handle;
  int told = 0;
  const auto done = media->retarget(2, mlines, [&] { ++told; });
  EXPECT_TRUE(done.has_value() && *done);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(dataplane.flowing(), 2U);
  const auto after = subscription_of(other->streams[1].handle).config;
  EXPECT_EQ(after.ssrc, before.ssrc);
  EXPECT_EQ(after.target.payload_type, before.target.payload_type);
  EXPECT_EQ(dataplane.ssrcs_used.size(), 3U) << "audio, video, and RTX of the video";
}

TEST_F(SubscribingTest, AnOfferWithAnotherSourceOfTheSameCodecShowsItAtOnce) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto other = publish(3, {.ufrag = "another"});
  mlines[1].source = other->streams[1].handle;
  const auto next = offer_to(2, mlines);
  EXPECT_EQ(subscription_of(other->streams[1].handle).is_paused, false);
  ASSERT_TRUE(answer(2, *next).has_value());
  EXPECT_EQ(dataplane.flowing(), 2U);
  EXPECT_EQ(dataplane.ssrcs_used.size(), 3U);
}

TEST_F(SubscribingTest, AnotherCodecNeedsAnOfferAndGetsANewSsrc) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  OfferText with_h264{.ufrag = "another"};
  with_h264.lines[1].codec = Codec::kH264;
  const auto other = publish(3, with_h264);
  mlines[1] = mlines_of(*other)[1];
  EXPECT_FALSE(*media->retarget(2, mlines, [] { ADD_FAILURE() << "told before the offer"; }));
  EXPECT_EQ(dataplane.flowing(), 2U);
  const auto next = offer_to(2, mlines);
  EXPECT_EQ(dataplane.subscriptions.size(), 1U);
  ASSERT_TRUE(answer(2, *next).has_value());
  EXPECT_EQ(subscription_of(other->streams[1].handle).config.target.codec, Codec::kH264);
  expect_ssrcs_are_unique();
}

TEST_F(SubscribingTest, AStreamThatChangesItsCodecKeepsItsSubscriptionWhichFollowsWithTheAnswer) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto before = subscription_of(mlines[1].source).config;
  OfferText with_h264;
  with_h264.lines[1].codec = Codec::kH264;
  const auto again = publish(1, with_h264);
  mlines = mlines_of(*again);
  EXPECT_FALSE(*media->retarget(2, mlines, [] {}));
  const auto next = offer_to(2, mlines);
  EXPECT_EQ(subscription_of(mlines[1].source).config.target, before.target) << "until the answer";
  ASSERT_TRUE(answer(2, *next).has_value());
  const auto after = subscription_of(mlines[1].source).config;
  EXPECT_EQ(after.ssrc, before.ssrc);
  EXPECT_EQ(after.target.codec, Codec::kH264);
  EXPECT_NE(after.target.payload_type, before.target.payload_type);
  EXPECT_EQ(after.target.rtx_ssrc, before.target.rtx_ssrc);
}

TEST_F(SubscribingTest, ARetargetForWhichThereIsNoRoomChangesNothing) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto other = publish(3, {.ufrag = "another"});
  auto wanted = mlines;
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].source = other->streams[i].handle;
  dataplane.refuse_create(2);
  const auto refused = media->retarget(2, wanted, [] { ADD_FAILURE() << "told of nothing"; });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MediaErrorKind::kCapacity);
  for (const SubscriberMline& mline : mlines)
    EXPECT_TRUE(subscription_of(mline.source).prepared.is_null());
  EXPECT_TRUE(*media->retarget(2, wanted, [] {}));
  for (const SubscriberMline& mline : wanted) subscription_of(mline.source);
}

TEST_F(SubscribingTest, ARetargetBeforeTheAnswerIsWhatTheAnswerStarts) {
  const auto offer = offer_to(2, mlines);
  const auto other = publish(3, {.ufrag = "another"});
  for (std::size_t i = 0; i < mlines.size(); ++i) mlines[i].source = other->streams[i].handle;
  EXPECT_TRUE(*media->retarget(2, mlines, [] {}));
  ASSERT_TRUE(answer(2, *offer).has_value());
  for (const SubscriberMline& mline : mlines) subscription_of(mline.source);
}

TEST_F(SubscribingTest, AnMlineThatIsNotActiveNeedsAnOffer) {
  mlines[1].is_active = false;
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  mlines[1].is_active = true;
  EXPECT_FALSE(*media->retarget(2, mlines, [] {}));
  EXPECT_EQ(media->retarget(1, mlines, [] {}).error().kind, MediaErrorKind::kWrongState);
}

TEST_F(SubscribingTest, ASourceThatEndedBeforeTheAnswerIsNoError) {
  const auto offer = offer_to(2, mlines);
  media->close(1, now);
  EXPECT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(dataplane.subscriptions.size(), 0U);
}

TEST_F(SubscribingTest, MlinesCannotBeTakenBack) {
  ASSERT_TRUE(offer_to(2, mlines).has_value());
  mlines.pop_back();
  EXPECT_EQ(offer_to(2, mlines).error().kind, MediaErrorKind::kWrongState);
}

TEST_F(SubscribingTest, ThereIsALimitOfMlines) {
  mlines.resize(kSubscriptionsPerTransport + 1, mlines[0]);
  EXPECT_EQ(offer_to(2, mlines).error().kind, MediaErrorKind::kCapacity);
  EXPECT_FALSE(media->exists(2));
}

TEST_F(SubscribingTest, PausingIsPassedOnAndRememberedForWhatIsNotAnsweredYet) {
  const auto offer = offer_to(2, mlines);
  media->set_paused(2, 1, true);
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(dataplane.flowing(), 1U);
  media->set_paused(2, std::nullopt, false);
  EXPECT_EQ(dataplane.flowing(), 2U);
  media->set_paused(2, std::nullopt, true);
  EXPECT_EQ(dataplane.flowing(), 0U);
  media->set_paused(99, std::nullopt, true);
}

TEST_F(SubscribingTest, LimitsOfLayersArePassedOnAndRememberedForWhatIsNotAnsweredYet) {
  const auto offer = offer_to(2, mlines);
  media->set_wishes(2, 1, {.limit = {.spatial = 1, .temporal = 0}});
  EXPECT_TRUE(dataplane.layer_limits.empty());
  ASSERT_TRUE(answer(2, *offer).has_value());
  ASSERT_EQ(dataplane.layer_limits.size(), 1U);
  const auto [subscription, limit] = *dataplane.layer_limits.begin();
  EXPECT_EQ(limit, (Layer{.spatial = 1, .temporal = 0}));
  media->set_wishes(2, 1, {});
  EXPECT_EQ(dataplane.layer_limits[subscription], kHighestLayer);
  media->set_wishes(2, 7, {.limit = {}});
  media->set_wishes(99, 0, {.limit = {}});
  EXPECT_EQ(dataplane.layer_limits.size(), 1U);
}

TEST_F(SubscribingTest, PrioritiesAndDelaysArePassedOnAndRememberedForWhatIsNotAnsweredYet) {
  const auto offer = offer_to(2, mlines);
  const PlayoutDelay delay{.min_10ms = 0, .max_10ms = 20};
  media->set_wishes(2, 1, {.priority = 9, .playout_delay = delay});
  EXPECT_TRUE(dataplane.priorities.empty());
  ASSERT_TRUE(answer(2, *offer).has_value());
  ASSERT_EQ(dataplane.priorities.size(), 1U);
  const auto [subscription, priority] = *dataplane.priorities.begin();
  EXPECT_EQ(priority, 9);
  EXPECT_EQ(dataplane.playout_delays.at(subscription), delay);
  EXPECT_TRUE(dataplane.layer_limits.empty()) << "only what is said";
  media->set_wishes(2, 1, {});
  EXPECT_EQ(dataplane.priorities[subscription], 0);
  EXPECT_EQ(dataplane.playout_delays.at(subscription), std::nullopt);
}

TEST_F(SubscribingTest, TheLimitOfAllThatItIsSentIsPassedOn) {
  ASSERT_TRUE(offer_to(2, mlines));
  media->limit_receiver(2, 300'000);
  EXPECT_EQ(dataplane.receiver_limits.at(transport_of(2)), 300'000U);
  media->limit_receiver(99, 1);
  EXPECT_EQ(dataplane.receiver_limits.size(), 1U);
}

TEST_F(SubscribingTest, ALayerThatIsReceivedIsToldWithItsMline) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  media->set_wishes(2, 1, {.limit = {}});
  const SubscriptionHandle subscription = dataplane.layer_limits.begin()->first;
  const TransportHandle receiver = transport_of(2);
  dataplane.deliver([=](DataplaneEvents& events) {
    events.on_layer(receiver, subscription, {.spatial = 2, .temporal = 1});
    events.on_layer(receiver, {}, {});
    events.on_layer({}, subscription, {});
  });
  exchange();
  EXPECT_EQ(layer_changes, (std::vector{std::pair(1U, Layer{.spatial = 2, .temporal = 1})}));
}

TEST_F(SubscribingTest, ThatNothingCanBeSentIsToldWithItsMline) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  media->set_wishes(2, 1, {.limit = {}});
  const SubscriptionHandle subscription = dataplane.layer_limits.begin()->first;
  const TransportHandle receiver = transport_of(2);
  dataplane.deliver([=](DataplaneEvents& events) {
    events.on_starved(receiver, subscription, true);
    events.on_starved(receiver, subscription, false);
    events.on_starved(receiver, {}, true);
    events.on_starved({}, subscription, true);
  });
  exchange();
  EXPECT_EQ(media_changes, (std::vector<std::string>{"1 starves", "1 is fed"}));
}

TEST_F(SubscribingTest, AnotherCertificateInALaterAnswerIsRefused) {
  const auto offer = offer_to(2, mlines);
  ASSERT_TRUE(answer(2, *offer).has_value());
  const auto next = offer_to(2, mlines);
  std::string sdp = client_of(2).answer_subscription(*next, now);
  const std::string own = certificate.fingerprint_sha256();
  const std::string other = Certificate::generate(1'700'000'000)->fingerprint_sha256();
  for (std::size_t at = 0; (at = sdp.find(own, at)) != std::string::npos;)
    sdp.replace(at, own.size(), other);
  EXPECT_EQ(media->accept_answer(2, sdp, now).error().kind, MediaErrorKind::kInvalidSdp);
  EXPECT_EQ(dataplane.flowing(), 2U) << "what was up stays up";
}

class WithoutHistoryTest : public MediaTest {
 protected:
  WithoutHistoryTest() : MediaTest(config()) {}

  static MediaConfig config() {
    MediaConfig config = default_config();
    config.has_history = false;
    return config;
  }
};

TEST_F(WithoutHistoryTest, NobodyIsOfferedRtx) {
  const PublishResult published = publish(1).value();
  const auto offer = offer_to(2, mlines_of(published));
  ASSERT_TRUE(offer.has_value());
  for (const std::string_view unwanted : {"rtx", "apt=", "FID", "nack\r\n"}) {
    EXPECT_EQ(offer->find(unwanted), std::string::npos) << unwanted;
  }
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(dataplane.flowing(), 2U);
}

}  // namespace
}  // namespace penstock
