// Publishers: offer, renegotiation, refusal; which streams live, and that nothing changes on error.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

TEST_F(MediaTest, AnOfferMakesAStreamForEachMlineAndAnAnswerWithTheWorkersPort) {
  const auto result = publish(1);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(dataplane.streams.size(), 2U);
  ASSERT_EQ(result->streams.size(), 2U);
  const StreamConfig& video = dataplane.streams.at(result->streams[1].handle);
  EXPECT_EQ(video.codec, Codec::kVp8);
  EXPECT_EQ(video.payload_type, 120);
  EXPECT_EQ(video.mid.view(), "1");
  EXPECT_EQ(video.signalled_ssrcs[0], 11U);
  const auto worker = fake_transport(1).config.worker;
  EXPECT_NE(result->answer_sdp.find("198.18.0.1 " + std::to_string(50'000 + worker) + " typ host"),
            std::string::npos);
}

TEST_F(MediaTest, ReducedSizeRtcpIsSentToAPublisherWhoOffersItInAllMlines) {
  ASSERT_TRUE(publish(1).has_value());
  EXPECT_FALSE(fake_transport(1).options.is_reduced_size) << "not offered";
  std::string text = offer_text({});
  constexpr std::string_view kBefore = "a=rtcp-mux\r\n";
  for (const bool is_last : {false, true}) {
    text.insert(text.find(kBefore, is_last ? text.find("m=video") : 0), "a=rtcp-rsize\r\n");
    ASSERT_TRUE(media->publish(1, kTestRoom, text, policy(), now).has_value());
    EXPECT_EQ(fake_transport(1).options.is_reduced_size, is_last);
  }
}

TEST_F(MediaTest, APacketsMidCannotBeThatOfALongOne) {
  OfferText offer;
  offer.lines[0].mid = "0123456789abcdef";
  offer.lines[1].mid = "0123456789abcdef0";
  const auto result = publish(1, offer);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(dataplane.streams.at(result->streams[0].handle).mid.view(), "0123456789abcdef");
  EXPECT_EQ(dataplane.streams.at(result->streams[1].handle).mid.view(), "");
  EXPECT_EQ(result->streams[1].mid, "0123456789abcdef0");
}

TEST_F(MediaTest, RenegotiationKeepsTheHandlesOfWhatStays) {
  const auto first = publish(1);
  OfferText offer;
  offer.lines.push_back({MediaKind::kVideo, "2", true, 12});
  const auto second = publish(1, offer);
  ASSERT_TRUE(second.has_value()) << second.error().text;
  EXPECT_EQ(second->streams[0].handle, first->streams[0].handle);
  EXPECT_EQ(second->streams[1].handle, first->streams[1].handle);
  EXPECT_EQ(dataplane.streams.size(), 3U);
  EXPECT_EQ(dataplane.transports.size(), 1U);
}

TEST_F(MediaTest, AnMlineThatBecomesInactiveAndActiveAgainKeepsItsStream) {
  const auto first = publish(1);
  const StreamHandle video = first->streams[1].handle;
  OfferText offer;
  offer.lines[1].is_active = false;
  offer.lines[1].ssrc = 0;
  const auto second = publish(1, offer);
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->streams[1].is_active);
  EXPECT_EQ(second->streams[1].handle, video);
  EXPECT_FALSE(dataplane.streams.at(video).is_sent);
  offer.lines[1] = {MediaKind::kVideo, "1", true, 77};
  const auto third = publish(1, offer);
  EXPECT_EQ(third->streams[1].handle, video);
  EXPECT_TRUE(dataplane.streams.at(video).is_sent);
  EXPECT_EQ(dataplane.streams.at(video).signalled_ssrcs[0], 77U);
  EXPECT_EQ(dataplane.streams.size(), 2U);
}

TEST_F(MediaTest, TheBitrateIsTheOfferPoliciesUntilItIsLimitedOtherwise) {
  const auto limits = [&] { return dataplane.transports.begin()->second.bitrate_limits; };
  const std::string offer = offer_text({});
  const auto publish_with = [&](std::uint64_t bps) {
    PublishPolicy wanted = policy();
    wanted.bitrate_bps = bps;
    return media->publish(1, kTestRoom, offer, wanted, now).has_value();
  };
  ASSERT_TRUE(publish_with(0));
  EXPECT_TRUE(limits().empty()) << "there is nothing to tell";
  ASSERT_TRUE(publish_with(300'000));
  ASSERT_TRUE(publish_with(300'000));
  EXPECT_EQ(limits(), std::vector<std::uint64_t>{300'000});
  media->limit_bitrate(1, 200'000);
  media->limit_bitrate(1, 0);
  EXPECT_EQ(limits(), (std::vector<std::uint64_t>{300'000, 200'000, 0}));
  media->limit_bitrate(2, 1);  // unknown
}

TEST_F(MediaTest, AnMlineHasNoStreamBeforeItIsSentForTheFirstTime) {
  OfferText offer;
  offer.lines[1].is_active = false;
  const auto first = publish(1, offer);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->streams[1].handle.is_null());
  offer.lines[1].is_active = true;
  EXPECT_FALSE(publish(1, offer)->streams[1].handle.is_null());
  EXPECT_EQ(dataplane.streams.size(), 2U);
}

TEST_F(MediaTest, AnMlineThatIsStoppedEndsItsStreamAndARecycledOneHasAnother) {
  const auto first = publish(1);
  OfferText offer;
  offer.lines[1].is_stopped = true;
  const auto second = publish(1, offer);
  ASSERT_TRUE(second.has_value()) << second.error().text;
  EXPECT_TRUE(second->streams[1].handle.is_null());
  EXPECT_EQ(dataplane.streams.size(), 1U);
  offer.lines[1] = {MediaKind::kVideo, "9", true, 12};
  const auto third = publish(1, offer);
  ASSERT_TRUE(third.has_value()) << third.error().text;
  EXPECT_NE(third->streams[1].handle, first->streams[1].handle);
  EXPECT_EQ(third->streams[0].handle, first->streams[0].handle);
  EXPECT_EQ(dataplane.streams.size(), 2U);
}

TEST_F(MediaTest, DataChannelsAreAStreamWithoutAHandle) {
  OfferText offer;
  offer.has_data = true;
  const auto first = publish(1, offer);
  ASSERT_TRUE(first.has_value()) << first.error().text;
  ASSERT_EQ(first->streams.size(), 3U);
  EXPECT_EQ(first->streams[0].kind, MediaKind::kData);
  EXPECT_TRUE(first->streams[0].is_live());
  EXPECT_TRUE(first->streams[0].handle.is_null());
  EXPECT_EQ(dataplane.streams.size(), 2U);
  EXPECT_EQ(media->counts().data_connections, 1U);
  EXPECT_FALSE(publish(2, OfferText{})->streams[0].kind == MediaKind::kData);
  EXPECT_EQ(media->counts().data_connections, 1U);
  media->close(1, now);
  EXPECT_EQ(media->counts().data_connections, 0U);
}

// Streams are found by their mid, not by their place, which an m-line may have that was refused and
// is recycled with another kind.
TEST_F(MediaTest, BesideARefusedMlineStreamsAreFoundByTheirMid) {
  OfferText offer;
  offer.has_data = true;
  offer.has_sctp_port = false;
  const auto first = publish(1, offer);
  ASSERT_TRUE(first.has_value()) << first.error().text;
  offer.has_data = false;  // recycled: video in its place
  offer.lines.insert(offer.lines.begin(), {MediaKind::kVideo, "screen", true, 20});
  const auto second = publish(1, offer);
  ASSERT_TRUE(second.has_value()) << second.error().text;
  ASSERT_EQ(second->streams.size(), 3U);
  EXPECT_EQ(second->streams[1].handle, first->streams[1].handle);
  EXPECT_EQ(second->streams[2].handle, first->streams[2].handle);
  EXPECT_EQ(dataplane.streams.at(second->streams[0].handle).mid.view(), "screen");
}

TEST_F(MediaTest, AnotherKindOnAMidOfBeforeIsAnotherStream) {
  OfferText offer;
  const auto first = publish(1, offer);
  offer.lines[1].is_stopped = true;
  ASSERT_TRUE(publish(1, offer).has_value());
  offer.lines[1] = {MediaKind::kAudio, "1", true, 12};
  const auto third = publish(1, offer);
  ASSERT_TRUE(third.has_value()) << third.error().text;
  EXPECT_NE(third->streams[1].handle, first->streams[1].handle);
  EXPECT_EQ(third->streams[1].kind, MediaKind::kAudio);
}

TEST_F(MediaTest, AnotherSsrcAndAnotherCodecAreTheSameStream) {
  const auto first = publish(1);
  OfferText offer;
  offer.lines[1].ssrc = 99;
  offer.lines[1].codec = Codec::kH264;
  const auto second = publish(1, offer);
  EXPECT_EQ(second->streams[0].handle, first->streams[0].handle);
  EXPECT_EQ(second->streams[1].handle, first->streams[1].handle);
  EXPECT_EQ(second->streams[1].codec, Codec::kH264);
  EXPECT_EQ(dataplane.streams.at(first->streams[1].handle).codec, Codec::kH264);
  EXPECT_EQ(dataplane.streams.at(first->streams[1].handle).signalled_ssrcs[0], 99U);
  EXPECT_EQ(dataplane.streams.size(), 2U);
}

TEST_F(MediaTest, WarnsOfWhatIsRefusedAndOfLinesThatAreLeftOut) {
  EXPECT_TRUE(publish(1)->warnings.empty());
  std::string sdp = offer_text({});
  sdp.insert(sdp.find("m=video"), "a=rtpmap:x\r\n");
  sdp.replace(sdp.find("VP8/90000"), 9, "H265/90000");
  const auto result = media->publish(2, kTestRoom, sdp, policy(), now);
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->warnings.size(), 2U);
  EXPECT_NE(result->warnings[0].find("a=rtpmap: malformed value; left out"), std::string::npos);
  EXPECT_EQ(result->warnings[1].substr(0, 49), "m-line 1 (mid 1): no codec of this room: offers H");
  sdp.erase(sdp.find("m=audio"), sdp.find("m=video") - sdp.find("m=audio"));
  const auto refused = media->publish(3, kTestRoom, sdp, policy(), now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MediaErrorKind::kNoUsableStream);
  EXPECT_NE(refused.error().text.find("(mid 1): no codec of this room"), std::string::npos);
}

TEST_F(MediaTest, WhatIsNoSdpMakesNoPeer) {
  const auto result = media->publish(1, kTestRoom, "nonsense", policy(), now);
  EXPECT_EQ(result.error().kind, MediaErrorKind::kInvalidSdp);
  EXPECT_FALSE(media->exists(1));
  EXPECT_EQ(dataplane.live(), 0U);
}

TEST_F(MediaTest, AnOfferWithNothingUsableMakesNoPeer) {
  OfferText offer;
  for (OfferLine& line : offer.lines) line.is_active = false;
  EXPECT_EQ(publish(1, offer).error().kind, MediaErrorKind::kNoUsableStream);
  EXPECT_FALSE(media->exists(1));
  EXPECT_EQ(dataplane.live(), 0U);
}

TEST_F(MediaTest, AChangeOfCertificateIsRefusedAndChangesNothing) {
  const auto first = publish(1);
  OfferText offer;
  offer.lines[1].is_active = false;
  offer.fingerprint = "sha-256 " + Certificate::generate(1'700'000'000)->fingerprint_sha256();
  const auto second = publish(1, offer);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, MediaErrorKind::kInvalidSdp);
  EXPECT_TRUE(dataplane.streams.contains(first->streams[1].handle));
  EXPECT_TRUE(media->exists(1));
}

TEST_F(MediaTest, OpusIsAnsweredAsTheRoomWantsIt) {
  std::string sdp = offer_text({});
  sdp.insert(sdp.find("m=video"), "a=fmtp:109 minptime=10;useinbandfec=1\r\n");
  const auto usual = media->publish(1, kTestRoom, sdp, policy(), now);
  EXPECT_NE(usual->answer_sdp.find("a=fmtp:109 useinbandfec=1\r\n"), std::string::npos);
  PublishPolicy other = policy();
  other.opus_fec = false;
  other.opus_dtx = true;
  const auto result = media->publish(2, kTestRoom, sdp, other, now);
  EXPECT_NE(result->answer_sdp.find("a=fmtp:109 usedtx=1\r\n"), std::string::npos);
  EXPECT_FALSE(result->streams[0].opus_fec);
  EXPECT_TRUE(result->streams[0].opus_dtx);
  EXPECT_EQ(result->streams[0].fmtp, "usedtx=1") << "what subscribers are offered";
}

TEST_F(MediaTest, RedIsTakenWhereTheRoomWantsIt) {
  std::string sdp = offer_text({});
  sdp.replace(sdp.find("SAVPF 109"), 9, "SAVPF 109 63");
  sdp.insert(sdp.find("m=video"), "a=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\n");
  PublishPolicy with_red = policy();
  with_red.opus_red = true;
  const auto result = media->publish(1, kTestRoom, sdp, with_red, now);
  EXPECT_NE(result->answer_sdp.find("SAVPF 63 109\r\n"), std::string::npos);
  EXPECT_TRUE(result->streams[0].opus_red);
  const StreamHandle stream = result->streams[0].handle;
  EXPECT_EQ(dataplane.streams.at(stream).red_payload_type, 63);
  const auto without = media->publish(1, kTestRoom, sdp, policy(), now);
  EXPECT_FALSE(without->streams[0].opus_red);
  EXPECT_EQ(without->streams[0].handle, stream);
  EXPECT_EQ(dataplane.streams.at(stream).red_payload_type, 0) << "the worker is told";
}

TEST_F(MediaTest, FingerprintsInAnotherOrderAreNoOtherCertificate) {
  const std::string one = "sha-256 " + certificate.fingerprint_sha256();
  const std::string two = "sha-256 " + Certificate::generate(1'700'000'000)->fingerprint_sha256();
  const std::string between = "\r\na=fingerprint:";
  OfferText offer;
  offer.fingerprint = one + between + two;
  ASSERT_TRUE(publish(1, offer).has_value());
  offer.fingerprint = two + between + one;
  EXPECT_TRUE(publish(1, offer).has_value());
  offer.fingerprint = one;
  EXPECT_FALSE(publish(1, offer).has_value());
}

TEST_F(MediaTest, APublisherCannotSubscribeOnItsConnectionNorASubscriberPublish) {
  const auto published = publish(1);
  EXPECT_EQ(offer_to(1, mlines_of(*published)).error().kind, MediaErrorKind::kWrongState);
  ASSERT_TRUE(offer_to(2, mlines_of(*published)).has_value());
  EXPECT_EQ(publish(2).error().kind, MediaErrorKind::kWrongState);
}

TEST_F(MediaTest, WhoTalksIsToldByMid) {
  const auto published = publish(1);
  const StreamHandle audio = published->streams[0].handle;
  dataplane.deliver([=](DataplaneEvents& events) { events.on_talking(audio, true, 20); });
  exchange();
  dataplane.deliver([=](DataplaneEvents& events) { events.on_talking(audio, false, 50); });
  exchange();
  EXPECT_EQ(media_changes, (std::vector<std::string>{"0 talks", "0 is silent"}));
}

TEST_F(MediaTest, WhatLevelsAreUsedForCountsForAudioAndChangesInPlace) {
  PublishPolicy wanted = policy();
  wanted.audio = {.packets = 50, .level_max = 30};
  const auto published = media->publish(1, kTestRoom, offer_text({}), wanted, now);
  ASSERT_TRUE(published.has_value());
  const auto rule_of = [&](std::size_t i) {
    return dataplane.streams.at(published->streams[i].handle).audio;
  };
  EXPECT_EQ(rule_of(0), wanted.audio);
  EXPECT_EQ(rule_of(1), AudioRule{});
  media->set_audio_rule(1, {.is_gated = true});
  EXPECT_EQ(rule_of(0), AudioRule{.is_gated = true});
}

TEST_F(MediaTest, MediaThatStartsAndStopsIsToldByMid) {
  const auto published = publish(1);
  const StreamHandle video = published->streams[1].handle;
  dataplane.deliver([=](DataplaneEvents& events) { events.on_media(video, true); });
  exchange();
  dataplane.deliver([=](DataplaneEvents& events) { events.on_media(video, false); });
  exchange();
  EXPECT_EQ(media_changes, (std::vector<std::string>{"1+", "1-"}));
  media->close(1, now);
  dataplane.deliver([=](DataplaneEvents& events) { events.on_media(video, true); });
  exchange();
  EXPECT_EQ(media_changes.size(), 2U) << "an event that was on its way when the peer ended";
}

}  // namespace
}  // namespace penstock
