// Publishers without a transport: what they are, that they can be subscribed and switched away
// from, and that they leave nothing.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class DummyPublishingTest : public MediaTest {
 protected:
  std::expected<std::vector<PublishedStream>, MediaError> publish_dummy(
      PeerId peer,
      const std::vector<DummyStream>& streams = {{Codec::kOpus, ""}, {Codec::kVp8, ""}}) {
    return media->publish_dummy(peer, kTestRoom, streams, now);
  }
  // The fmtp that the one stream of a dummy publisher has in the end.
  std::string fmtp_of(Codec codec, std::string fmtp) {
    const auto published = publish_dummy(90, {{codec, std::move(fmtp)}});
    media->close(90, now);
    return published ? published->front().fmtp : "refused";
  }
  static std::vector<SubscriberMline> mlines_of(const std::vector<PublishedStream>& streams) {
    return MediaTest::mlines_of({.answer_sdp = {}, .streams = streams, .warnings = {}});
  }
};

TEST_F(DummyPublishingTest, ItsStreamsAreThereAndNothingElseIs) {
  const auto published = publish_dummy(1);
  ASSERT_TRUE(published.has_value()) << published.error().text;
  ASSERT_EQ(published->size(), 2U);
  const PublishedStream& audio = published->at(0);
  const PublishedStream& video = published->at(1);
  EXPECT_EQ(audio.mid, "0");
  EXPECT_EQ(audio.kind, MediaKind::kAudio);
  EXPECT_EQ(video.mid, "1");
  EXPECT_EQ(video.mindex, 1U);
  EXPECT_EQ(video.kind, MediaKind::kVideo);
  EXPECT_TRUE(video.is_active);
  ASSERT_TRUE(dataplane.streams.contains(video.handle));
  EXPECT_TRUE(dataplane.streams.at(video.handle).transport.is_null());
  EXPECT_EQ(dataplane.streams.at(video.handle).codec, Codec::kVp8);
  EXPECT_EQ(dataplane.live(), 2U);
  EXPECT_EQ(media->counts(), MediaCounts{.peers = 1});
  EXPECT_EQ(media->next_timeout(), kNever);
}

TEST_F(DummyPublishingTest, ItLivesUntilItIsClosed) {
  const auto published = publish_dummy(1);
  ASSERT_TRUE(published.has_value());
  run_for(120 * kSecond);
  EXPECT_TRUE(media->exists(1));
  EXPECT_TRUE(closed.empty());
  EXPECT_TRUE(dataplane.sent.empty());
  media->close(1, now);
  EXPECT_FALSE(media->exists(1));
  EXPECT_EQ(dataplane.live(), 0U);
  EXPECT_EQ(media->counts(), MediaCounts{});
}

TEST_F(DummyPublishingTest, FormatParametersAreThoseThatAPublisherWouldNegotiate) {
  EXPECT_EQ(fmtp_of(Codec::kOpus, ""), "useinbandfec=1");
  EXPECT_EQ(fmtp_of(Codec::kVp8, ""), "");
  EXPECT_EQ(fmtp_of(Codec::kVp9, ""), "profile-id=0");
  EXPECT_EQ(fmtp_of(Codec::kH264, ""),
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
  EXPECT_EQ(fmtp_of(Codec::kAv1, ""), "level-idx=5;profile=0;tier=0");
  EXPECT_EQ(fmtp_of(Codec::kOpus, "minptime=10;stereo=1;usedtx=1"),
            "usedtx=1;stereo=1;sprop-stereo=1");
  EXPECT_EQ(fmtp_of(Codec::kVp9, "profile-id=2"), "profile-id=2");
  EXPECT_EQ(fmtp_of(Codec::kH264, "packetization-mode=1;profile-level-id=64001F"),
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f");
}

TEST_F(DummyPublishingTest, WhatTheFormatParametersSayIsInTheDescription) {
  const auto published = publish_dummy(
      1, {{Codec::kOpus, "useinbandfec=1;stereo=1"}, {Codec::kH264, ""}, {Codec::kVp9, ""}});
  ASSERT_TRUE(published.has_value());
  EXPECT_TRUE(published->at(0).opus_stereo);
  EXPECT_TRUE(published->at(0).opus_fec);
  EXPECT_FALSE(published->at(0).opus_dtx);
  EXPECT_EQ(published->at(1).h264_profile, "42e01f");
  EXPECT_EQ(published->at(2).vp9_profile, "0");
}

TEST_F(DummyPublishingTest, FormatParametersCannotCarryLinesIntoSubscribersOffers) {
  EXPECT_EQ(fmtp_of(Codec::kOpus, "stereo=0\r\na=evil"), "");
  EXPECT_EQ(fmtp_of(Codec::kH264, "packetization-mode=1;profile-level-id=42e0\r\n"),
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
}

TEST_F(DummyPublishingTest, WhatNoPublisherCouldNegotiateIsRefused) {
  const auto refused = publish_dummy(
      1, {{Codec::kOpus, ""}, {Codec::kH264, "packetization-mode=2;profile-level-id=42e01f"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MediaErrorKind::kNoUsableStream);
  EXPECT_EQ(publish_dummy(1, {}).error().kind, MediaErrorKind::kNoUsableStream);
  const std::vector<DummyStream> many(kStreamsPerTransport + 1);
  EXPECT_EQ(publish_dummy(1, many).error().kind, MediaErrorKind::kCapacity);
  EXPECT_FALSE(media->exists(1));
  EXPECT_EQ(dataplane.live(), 0U);
}

TEST_F(DummyPublishingTest, AFullDataPlaneLeavesNothing) {
  for (int k = 1; k <= 2; ++k) {
    dataplane.refuse_create(k);
    EXPECT_EQ(publish_dummy(1).error().kind, MediaErrorKind::kCapacity) << k;
    EXPECT_EQ(dataplane.live(), 0U) << k;
    EXPECT_EQ(media->counts(), MediaCounts{}) << k;
  }
  EXPECT_TRUE(publish_dummy(1).has_value());
}

TEST_F(DummyPublishingTest, APeerIsOneThing) {
  ASSERT_TRUE(publish_dummy(1).has_value());
  EXPECT_EQ(publish_dummy(1).error().kind, MediaErrorKind::kWrongState);
  EXPECT_EQ(publish(1).error().kind, MediaErrorKind::kWrongState);
  EXPECT_EQ(offer_to(1, {}).error().kind, MediaErrorKind::kWrongState);
  EXPECT_EQ(media->accept_answer(1, "v=0\r\n", now).error().kind, MediaErrorKind::kWrongState);
  media->set_paused(1, std::nullopt, true);
  ASSERT_TRUE(publish(2).has_value());
  EXPECT_EQ(publish_dummy(2).error().kind, MediaErrorKind::kWrongState);
  EXPECT_TRUE(media->exists(1));
  EXPECT_TRUE(media->exists(2));
}

TEST_F(DummyPublishingTest, ASubscriberIsOfferedTheCodecsThatItHolds) {
  const auto dummy = publish_dummy(1, {{Codec::kOpus, ""}, {Codec::kH264, ""}});
  const auto offer = offer_to(2, mlines_of(*dummy));
  ASSERT_TRUE(offer.has_value()) << offer.error().text;
  EXPECT_NE(offer->find("a=rtpmap:107 H264/90000\r\n"), std::string::npos);
  EXPECT_NE(offer->find("a=fmtp:107 " + dummy->at(1).fmtp + "\r\n"), std::string::npos);
  EXPECT_NE(offer->find("a=fmtp:111 useinbandfec=1\r\n"), std::string::npos);
  EXPECT_NE(offer->find("urn:3gpp:video-orientation"), std::string::npos);
  ASSERT_TRUE(answer(2, *offer).has_value());
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{2});
  EXPECT_EQ(dataplane.subscriptions.size(), 2U);
}

TEST_F(DummyPublishingTest, ASubscriberSwitchesAwayAndBack) {
  const auto dummy = publish_dummy(1);
  const auto real = publish(3);
  const auto dummy_mlines = mlines_of(*dummy);
  const auto real_mlines = MediaTest::mlines_of(*real);
  for (int round = 0; round < 3; ++round) {
    for (const auto& mlines : {dummy_mlines, real_mlines}) {
      const auto offer = offer_to(2, mlines);
      ASSERT_TRUE(offer.has_value());
      ASSERT_TRUE(answer(2, *offer).has_value());
      ASSERT_EQ(dataplane.subscriptions.size(), 2U);
      for (const auto& [handle, subscription] : dataplane.subscriptions) {
        EXPECT_TRUE(subscription.config.target.stream == mlines[0].source ||
                    subscription.config.target.stream == mlines[1].source);
      }
    }
  }
}

TEST_F(DummyPublishingTest, OneThatEndsBeforeTheAnswerIsNoError) {
  const auto dummy = publish_dummy(1);
  const auto offer = offer_to(2, mlines_of(*dummy));
  media->close(1, now);
  EXPECT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(dataplane.subscriptions.size(), 0U);
}

}  // namespace
}  // namespace penstock
