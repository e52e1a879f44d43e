#include "controlplane/sdp/subscriber_negotiation.h"

#include <gtest/gtest.h>

#include <set>

#include "controlplane/sdp/fixed_ids.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

ExtensionMap all_extensions() {
  ExtensionMap map;
  map.ids.fill(1);
  return map;
}

OfferedStream stream(std::size_t mindex, Codec codec, const std::string& fmtp,
                     SubscriberPayloadTypes& payload_types) {
  OfferedStream offered;
  offered.mid = std::to_string(mindex);
  offered.kind = codec_kind(codec);
  offered.codec = codec;
  offered.fmtp = fmtp;
  offered.payload_type = *payload_types.assign(codec, fmtp);
  offered.ssrc = static_cast<std::uint32_t>(1'000 + mindex);
  offered.cname = "penstock";
  offered.msid_stream_id = "77";
  offered.msid_track_id = offered.mid;
  return offered;
}

// The offer that the captured answers of Chromium and Firefox answer.
SessionDescription captured_subscriber_offer() {
  const std::string h264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
  SubscriberPayloadTypes types;
  std::vector<OfferedStream> streams = {
      stream(0, Codec::kOpus, "useinbandfec=1", types),
      stream(1, Codec::kVp8, "", types),
      stream(2, Codec::kVp9, "profile-id=0", types),
      stream(3, Codec::kVp9, "profile-id=2", types),
      stream(4, Codec::kH264, h264, types),
      stream(5, Codec::kAv1, "level-idx=5;profile=0;tier=0", types),
      stream(6, Codec::kOpus, "useinbandfec=1;stereo=1;sprop-stereo=1", types),
      stream(7, Codec::kVp8, "", types),
  };
  streams[7].active = false;
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(all_extensions()));
}

SessionDescription small_offer() {
  SubscriberPayloadTypes types;
  const std::vector<OfferedStream> streams = {stream(0, Codec::kOpus, "useinbandfec=1", types),
                                              stream(1, Codec::kVp8, "", types)};
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(all_extensions()));
}

// How a well-behaved client answers small_offer().
std::string small_answer() {
  return offer_text({"m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=rtcp-mux\na=recvonly\n"
                     "a=rtpmap:111 OPUS/48000/2\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n",
                     "m=video 9 UDP/TLS/RTP/SAVPF 96\na=mid:1\na=rtcp-mux\na=recvonly\n"
                     "a=rtpmap:96 VP8/90000\na=extmap:13 urn:3gpp:video-orientation\n"},
                    "a=group:BUNDLE 0 1\n");
}

std::string answer_from(std::string_view from, std::string_view to) {
  const std::string answer = replaced(small_answer(), "actpass", "active");
  const std::string changed = replaced(answer, from, to);
  EXPECT_NE(answer, changed) << from;
  return changed;
}

NegotiationErrorKind error_of_answer(const std::string& answer) {
  const auto result = apply_subscriber_answer(small_offer(), parsed(answer));
  EXPECT_FALSE(result.has_value()) << answer;
  return result ? NegotiationErrorKind{} : result.error().kind;
}

TEST(SdpSubscriber, OfferIsAsTheVideoRoomWritesIt) {
  EXPECT_EQ(write_session_description(small_offer()),
            "v=0\r\n"
            "o=- 4711 1 IN IP4 198.18.0.2\r\n"
            "s=VideoRoom 1234\r\n"
            "t=0 0\r\n"
            "a=ice-lite\r\n"
            "a=group:BUNDLE 0 1\r\n"
            "a=ice-options:ice2 trickle\r\n"
            "a=fingerprint:sha-256 01:23:45:67:89:AB:CD:EF\r\n"
            "a=extmap-allow-mixed\r\n"
            "a=msid-semantic: WMS *\r\n"
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
            "c=IN IP4 0.0.0.0\r\n"
            "a=candidate:1 1 udp 2130706431 198.18.0.2 40000 typ host\r\n"
            "a=end-of-candidates\r\n"
            "a=ice-ufrag:ouru\r\n"
            "a=ice-pwd:ourpasswordourpassword\r\n"
            "a=setup:actpass\r\n"
            "a=mid:0\r\n"
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
            "a=extmap:3 "
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
            "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
            "a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n"
            "a=sendonly\r\n"
            "a=rtcp-mux\r\n"
            "a=rtcp-rsize\r\n"
            "a=rtcp-xr:rcvr-rtt=all\r\n"
            "a=rtpmap:111 opus/48000/2\r\n"
            "a=rtcp-fb:111 transport-cc\r\n"
            "a=fmtp:111 useinbandfec=1\r\n"
            "a=msid:77 0\r\n"
            "a=ssrc:1000 cname:penstock\r\n"
            "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
            "c=IN IP4 0.0.0.0\r\n"
            "a=candidate:1 1 udp 2130706431 198.18.0.2 40000 typ host\r\n"
            "a=end-of-candidates\r\n"
            "a=ice-ufrag:ouru\r\n"
            "a=ice-pwd:ourpasswordourpassword\r\n"
            "a=setup:actpass\r\n"
            "a=mid:1\r\n"
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
            "a=extmap:3 "
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
            "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
            "a=extmap:13 urn:3gpp:video-orientation\r\n"
            "a=extmap:12 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
            "a=extmap:11 https://aomediacodec.github.io/av1-rtp-spec/"
            "#dependency-descriptor-rtp-header-extension\r\n"
            "a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n"
            "a=sendonly\r\n"
            "a=rtcp-mux\r\n"
            "a=rtcp-rsize\r\n"
            "a=rtcp-xr:rcvr-rtt=all\r\n"
            "a=rtpmap:96 VP8/90000\r\n"
            "a=rtcp-fb:96 nack pli\r\n"
            "a=rtcp-fb:96 ccm fir\r\n"
            "a=rtcp-fb:96 goog-remb\r\n"
            "a=rtcp-fb:96 transport-cc\r\n"
            "a=msid:77 1\r\n"
            "a=ssrc:1001 cname:penstock\r\n");
}

SessionDescription offer_with_red() {
  SubscriberPayloadTypes types;
  std::vector<OfferedStream> streams = {
      stream(0, Codec::kOpus, "useinbandfec=1", types),
      stream(1, Codec::kOpus, "useinbandfec=1;stereo=1;sprop-stereo=1", types)};
  for (OfferedStream& offered : streams) {
    offered.red_payload_type = types.assign_red(offered.payload_type);
    EXPECT_EQ(types.assign_red(offered.payload_type), offered.red_payload_type);
  }
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(all_extensions()));
}

TEST(SdpSubscriber, RedIsOfferedBehindItsOpus) {
  const SessionDescription offer = offer_with_red();
  EXPECT_NE(write_session_description(offer).find("a=rtpmap:120 red/48000/2\r\n"
                                                  "a=fmtp:120 111/111\r\n"),
            std::string::npos);
  const auto& stereo = offer.media[1].payloads;
  ASSERT_EQ(stereo.size(), 2U);
  EXPECT_NE(stereo[1].payload_type, 120) << "another number, as its blocks are another Opus";
  const std::string block = std::to_string(stereo[0].payload_type);
  EXPECT_EQ(stereo[1].fmtp, block + "/" + block);
}

TEST(SdpSubscriber, WhoAnswersWithRedTakesItAndNobodyElse) {
  const SessionDescription offer = offer_with_red();
  const auto answered = [&](std::string_view formats, std::string_view red) {
    const std::string text =
        replaced(offer_text({"m=audio 9 UDP/TLS/RTP/SAVPF " + std::string(formats) +
                                 "\na=mid:0\na=rtcp-mux\na=recvonly\na=rtpmap:111 opus/48000/2\n" +
                                 std::string(red),
                             "m=audio 0 UDP/TLS/RTP/SAVPF 103\na=mid:1\n"},
                            "a=group:BUNDLE 0\n"),
                 "actpass", "active");
    const auto result = apply_subscriber_answer(offer, parsed(text));
    EXPECT_TRUE(result.has_value()) << result.error().text;
    return result->streams.at(0);
  };
  const AnsweredStream modern =
      answered("111 120", "a=rtpmap:120 red/48000/2\na=fmtp:120 111/111\n");
  EXPECT_TRUE(modern.has_red && modern.receiving);
  EXPECT_FALSE(modern.has_rtx);
  const AnsweredStream plain = answered("111", "");
  EXPECT_TRUE(plain.receiving);
  EXPECT_FALSE(plain.has_red);
  EXPECT_FALSE(answered("111 120", "a=rtpmap:120 CN/48000\n").has_red) << "another codec";
}

TEST(SdpSubscriber, InactiveMLinesStayInTheGroup) {
  const SessionDescription offer = captured_subscriber_offer();
  EXPECT_EQ(offer.bundle_groups.at(0).back(), "7");
  const MediaDescription& media = offer.media[7];
  EXPECT_EQ(media.port, 9);
  EXPECT_EQ(media.direction, Direction::kInactive);
  EXPECT_TRUE(media.ssrcs.empty());
  EXPECT_TRUE(media.msids.empty());
}

TEST(SdpSubscriber, OnlyEnabledExtensionsAreOffered) {
  ExtensionMap enabled;
  EXPECT_EQ(subscriber_extensions(enabled).id(HeaderExtension::kMid), 4);
  EXPECT_EQ(subscriber_extensions(enabled).id(HeaderExtension::kAudioLevel), 0);
  enabled.set(HeaderExtension::kAudioLevel, 9);
  enabled.set(HeaderExtension::kTransportCc, 9);
  enabled.set(HeaderExtension::kRid, 9);
  EXPECT_EQ(subscriber_extensions(enabled).id(HeaderExtension::kAudioLevel), 1);
  EXPECT_EQ(subscriber_extensions(enabled).id(HeaderExtension::kTransportCc), 3);
  EXPECT_EQ(subscriber_extensions(enabled).id(HeaderExtension::kRid), 0);
}

TEST(SdpSubscriber, FixedIdsAreUniqueAndInOrder) {
  std::set<int> ids;
  for (std::size_t i = 0; i < kFixedHeaderExtensions.size(); ++i) {
    const FixedHeaderExtension& fixed = kFixedHeaderExtensions[i];
    EXPECT_EQ(static_cast<std::size_t>(fixed.extension), i);
    EXPECT_EQ(header_extension_of(fixed.uri), fixed.extension);
    EXPECT_TRUE(fixed.id >= 1 && fixed.id <= 14);
    EXPECT_TRUE(ids.insert(fixed.id).second) << fixed.uri;
  }
  std::set<int> payload_types(kSparePayloadTypes.begin(), kSparePayloadTypes.end());
  EXPECT_EQ(payload_types.size(), kSparePayloadTypes.size());
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    EXPECT_TRUE(payload_types.insert(fixed_payload_type(codec)).second);
    EXPECT_TRUE(payload_types.insert(fixed_payload_type(codec) + 1).second);
  }
  // 64 to 95 would be taken for RTCP (RFC 5761 section 4).
  for (const int type : payload_types) EXPECT_TRUE((type >= 96 && type <= 127) || type < 64);
}

TEST(SdpSubscriber, APayloadTypeMeansOneConfigurationForever) {
  SubscriberPayloadTypes types;
  EXPECT_EQ(types.assign(Codec::kVp9, "profile-id=2"), 101);
  EXPECT_EQ(types.assign(Codec::kVp9, "profile-id=0"), 103);
  EXPECT_EQ(types.assign(Codec::kVp9, "profile-id=2"), 101);
  std::set<int> taken = {101, 103};
  for (std::size_t i = 1; i < kSparePayloadTypes.size(); ++i) {
    EXPECT_TRUE(taken.insert(*types.assign(Codec::kVp9, std::to_string(i))).second);
  }
  EXPECT_EQ(types.assign(Codec::kVp9, "one too many"), std::nullopt);
  EXPECT_EQ(types.assign(Codec::kVp9, "profile-id=0"), 103);
  EXPECT_EQ(types.assign(Codec::kVp8, ""), 96);
}

TEST(SdpSubscriber, IdsChosenByUsersCannotBreakTheOffer) {
  SubscriberPayloadTypes types;
  OfferedStream hostile = stream(0, Codec::kOpus, "", types);
  hostile.msid_stream_id = "feed 1\r\na=ice-lite\xff";
  hostile.msid_track_id = std::string(100, 'x');
  const SessionDescription offer = parsed(write_session_description(
      make_subscriber_offer(std::vector{hostile}, local_transport(), ExtensionMap{})));
  EXPECT_EQ(offer.media.at(0).msids,
            (std::vector<Msid>{{"feed_1__a_ice-lite_", std::string(64, 'x')}}));
}

TEST(SdpSubscriber, ChromiumTakesEverything) {
  const auto result = apply_subscriber_answer(captured_subscriber_offer(),
                                              captured("chromium_156_subscriber_answer"));
  ASSERT_TRUE(result.has_value()) << result.error().text;
  ASSERT_EQ(result->streams.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(result->streams[i].accepted);
    EXPECT_EQ(result->streams[i].receiving, i != 7);
    EXPECT_EQ(result->streams[i].extensions.id(HeaderExtension::kMid), 4);
  }
  EXPECT_EQ(result->streams[0].extensions.id(HeaderExtension::kAudioLevel), 1);
  EXPECT_EQ(result->streams[5].extensions.id(HeaderExtension::kDependencyDescriptor), 11);
  EXPECT_EQ(result->streams[3].payload_type, 103);
  EXPECT_EQ(result->dtls_role, DtlsRole::kServer);
  EXPECT_EQ(result->remote.ice_ufrag, "m69t");
}

// RFC 8285 section 4.1.2.
TEST(SdpSubscriber, WhoDoesNotAgreeToBothFormsGetsWhatFitsTheOneByteForm) {
  SessionDescription answer = captured("chromium_156_subscriber_answer");
  answer.extmap_allow_mixed = false;
  for (MediaDescription& media : answer.media) media.extmap_allow_mixed = true;
  const auto mixed = apply_subscriber_answer(captured_subscriber_offer(), answer);
  ASSERT_TRUE(mixed.has_value()) << mixed.error().text;
  EXPECT_EQ(mixed->streams[5].extensions.id(HeaderExtension::kDependencyDescriptor), 11);
  answer.media[1].extmap_allow_mixed = false;
  const auto result = apply_subscriber_answer(captured_subscriber_offer(), answer);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  for (const AnsweredStream& stream : result->streams) {
    EXPECT_EQ(stream.extensions.id(HeaderExtension::kDependencyDescriptor), 0);
    EXPECT_EQ(stream.extensions.id(HeaderExtension::kMid), 4);
  }
}

TEST(SdpSubscriber, FirefoxWithoutH264RejectsThatMLineOnly) {
  const auto result = apply_subscriber_answer(captured_subscriber_offer(),
                                              captured("firefox_153_subscriber_answer"));
  ASSERT_TRUE(result.has_value()) << result.error().text;
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(result->streams[i].accepted, i != 4) << i;
  EXPECT_FALSE(result->streams[4].receiving);
  EXPECT_FALSE(result->remote.fingerprints.empty());
}

TEST(SdpSubscriber, ReadsAnAnswer) {
  const auto result = apply_subscriber_answer(
      small_offer(), parsed(replaced(small_answer(), "actpass", "passive")));
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(result->dtls_role, DtlsRole::kClient);
  EXPECT_EQ(result->remote.ice_pwd, "peerpasswordpeerpassword");
  EXPECT_TRUE(result->streams[0].receiving && result->streams[1].receiving);
  ExtensionMap video;
  video.set(HeaderExtension::kVideoOrientation, 13);
  EXPECT_EQ(result->streams[1].extensions, video);
}

TEST(SdpSubscriber, ClientsMayStopOrRejectMedia) {
  const auto stopped = apply_subscriber_answer(
      small_offer(), parsed(answer_from("a=recvonly\na=rtpmap:96", "a=inactive\na=rtpmap:96")));
  ASSERT_TRUE(stopped.has_value());
  EXPECT_TRUE(stopped->streams[1].accepted);
  EXPECT_FALSE(stopped->streams[1].receiving);
  const auto rejected = apply_subscriber_answer(
      small_offer(), parsed(replaced(answer_from("video 9", "video 0"), "BUNDLE 0 1", "BUNDLE 0")));
  ASSERT_TRUE(rejected.has_value());
  EXPECT_FALSE(rejected->streams[1].accepted);
  const auto nothing = apply_subscriber_answer(
      small_offer(),
      parsed("v=0\no=- 1 1 IN IP4 0.0.0.0\nm=audio 0 UDP/TLS/RTP/SAVPF 111\na=mid:0\n"
             "m=video 0 UDP/TLS/RTP/SAVPF 96\na=mid:1\n"));
  ASSERT_TRUE(nothing.has_value());
  EXPECT_EQ(nothing->remote, RemoteTransport{});
}

TEST(SdpSubscriber, RefusesOtherMLines) {
  using enum NegotiationErrorKind;
  EXPECT_EQ(error_of_answer(offer_text({audio_lines("0")})), kMediaMismatch);
  EXPECT_EQ(error_of_answer(answer_from("m=audio", "m=video")), kMediaMismatch);
  EXPECT_EQ(error_of_answer(answer_from("a=mid:1", "a=mid:2")), kMediaMismatch);
  EXPECT_EQ(error_of_answer(answer_from("video 9 UDP/TLS/RTP/SAVPF", "video 9 RTP/AVP")),
            kMediaMismatch);
}

TEST(SdpSubscriber, RefusesAnswersThatBreakTheTransport) {
  using enum NegotiationErrorKind;
  EXPECT_EQ(error_of_answer(small_answer()), kBadSetup) << "actpass in an answer";
  EXPECT_EQ(error_of_answer(answer_from("setup:active", "setup:holdconn")), kBadSetup);
  EXPECT_EQ(error_of_answer(answer_from("a=fingerprint:sha-256 AA:BB:CC:DD\n", "")),
            kMissingFingerprint);
  EXPECT_EQ(error_of_answer(answer_from("a=ice-ufrag:peer\n", "")), kBadIceCredentials);
  EXPECT_EQ(error_of_answer(answer_from("a=rtcp-mux\n", "")), kMissingRtcpMux);
  EXPECT_EQ(error_of_answer(answer_from("BUNDLE 0 1", "BUNDLE 0")), kMissingBundle);
  EXPECT_EQ(error_of_answer(answer_from("a=group:BUNDLE 0 1\n", "")), kMissingBundle);
}

TEST(SdpSubscriber, RefusesOtherNumbersThanOurs) {
  using enum NegotiationErrorKind;
  EXPECT_EQ(error_of_answer(answer_from("extmap:4 ", "extmap:5 ")), kHeaderExtensionClash);
  EXPECT_EQ(
      error_of_answer(answer_from("extmap:13 urn:3gpp:video-orientation", "extmap:13 urn:other")),
      kHeaderExtensionClash);
}

TEST(SdpSubscriber, AnotherCodecThanOursStopsThatMLineOnly) {
  for (const std::string& answer :
       {answer_from("SAVPF 96", "SAVPF 97"), answer_from("VP8/90000", "VP9/90000"),
        answer_from("a=rtpmap:96 VP8/90000\n", "")}) {
    const auto result = apply_subscriber_answer(small_offer(), parsed(answer));
    ASSERT_TRUE(result.has_value()) << result.error().text;
    EXPECT_TRUE(result->streams[0].receiving);
    EXPECT_EQ(result->streams[1], AnsweredStream{});
    EXPECT_EQ(result->warnings, std::vector<std::string>{
                                    "m-line 1 (mid 1): not sent: payload type 96 is missing from "
                                    "the answer or another codec there"});
    const std::string without_audio =
        replaced(replaced(answer, "audio 9", "audio 0"), "BUNDLE 0 1", "BUNDLE 1");
    EXPECT_EQ(error_of_answer(without_audio), NegotiationErrorKind::kPayloadTypeClash);
  }
}

SessionDescription offer_with_rtx() {
  SubscriberPayloadTypes types;
  std::vector<OfferedStream> streams = {stream(0, Codec::kOpus, "useinbandfec=1", types),
                                        stream(1, Codec::kVp8, "", types)};
  streams[1].rtx_payload_type = types.assign_rtx(streams[1].payload_type);
  streams[1].rtx_ssrc = 2'001;
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(all_extensions()));
}

std::string answer_with_rtx() {
  return replaced(
      replaced(replaced(small_answer(), "actpass", "active"), "SAVPF 96", "SAVPF 96 97"),
      "a=rtpmap:96 VP8/90000\n",
      "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\n"
      "a=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n");
}

TEST(SdpSubscriber, RtxIsOfferedWithItsNumberItsSsrcAndNack) {
  const std::string offer = write_session_description(offer_with_rtx());
  for (const std::string_view line :
       {"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", "a=rtcp-fb:96 nack\r\n",
        "a=rtpmap:97 rtx/90000\r\n", "a=fmtp:97 apt=96\r\n", "a=ssrc-group:FID 1001 2001\r\n",
        "a=ssrc:1001 cname:penstock\r\n", "a=ssrc:2001 cname:penstock\r\n"}) {
    EXPECT_NE(offer.find(line), std::string::npos) << line << offer;
  }
}

TEST(SdpSubscriber, AnAnswerTakesRtxOrDoesNot) {
  const auto has_rtx = [](const std::string& answer) {
    const auto result = apply_subscriber_answer(offer_with_rtx(), parsed(answer));
    EXPECT_TRUE(result.has_value());
    EXPECT_FALSE(result->streams[0].has_rtx);
    EXPECT_TRUE(result->streams[1].receiving);
    return result->streams[1].has_rtx;
  };
  const std::string taken = answer_with_rtx();
  EXPECT_TRUE(has_rtx(taken));
  EXPECT_TRUE(has_rtx(replaced(taken, "a=rtcp-fb:96 nack\n", "a=rtcp-fb:* nack\n")));
  EXPECT_TRUE(has_rtx(replaced(taken, "a=rtcp-fb:96 nack\n", "a=rtcp-fb:96 nack \n")));
  EXPECT_TRUE(has_rtx(replaced(taken, "apt=96", "apt=96;rtx-time=3000")));
  EXPECT_TRUE(has_rtx(replaced(taken, "OPUS/48000/2", "opus/48000")));
  EXPECT_FALSE(has_rtx(replaced(taken, "a=rtcp-fb:96 nack\n", "")));
  EXPECT_FALSE(has_rtx(replaced(taken, "SAVPF 96 97", "SAVPF 96")));
  EXPECT_FALSE(has_rtx(replaced(small_answer(), "actpass", "active")));
}

TEST(SdpSubscriber, AnotherFormatWithTheNumberOfOurRtxIsNoRtx) {
  for (const auto& [from, to] :
       {std::pair{"rtx/90000", "VP9/90000"}, std::pair{"apt=96", "apt=111"}}) {
    const auto result =
        apply_subscriber_answer(offer_with_rtx(), parsed(replaced(answer_with_rtx(), from, to)));
    ASSERT_TRUE(result.has_value()) << to;
    EXPECT_TRUE(result->streams[1].receiving);
    EXPECT_FALSE(result->streams[1].has_rtx);
  }
}

TEST(SdpSubscriber, WhoTakesALevelTakesAllBelowIt) {
  const auto h264 = [](const std::string& offered, const std::string& sent) {
    const std::string mode = "packetization-mode=1;profile-level-id=";
    return is_receivable(Codec::kH264, mode + offered, mode + sent);
  };
  EXPECT_TRUE(h264("42e01f", "42E01F"));
  EXPECT_TRUE(h264("42e01f", "42e00d"));
  EXPECT_FALSE(h264("42e01f", "42e034")) << "a higher level";
  EXPECT_FALSE(h264("42e01f", "64001f")) << "another profile";
  EXPECT_FALSE(is_receivable(Codec::kH264, "profile-level-id=42e01f",
                             "packetization-mode=1;profile-level-id=42e01f"));
  EXPECT_TRUE(is_receivable(Codec::kAv1, "level-idx=8;profile=0;tier=0", ""));
  EXPECT_FALSE(is_receivable(Codec::kAv1, "level-idx=5;profile=0;tier=0", "level-idx=8"));
  EXPECT_TRUE(is_receivable(Codec::kVp9, "profile-id=0", ""));
  EXPECT_FALSE(is_receivable(Codec::kVp9, "profile-id=0", "profile-id=2"));
  EXPECT_TRUE(is_receivable(Codec::kVp8, "", "x=1"));
  EXPECT_TRUE(is_receivable(Codec::kOpus, "useinbandfec=1", "usedtx=1"));
  EXPECT_FALSE(is_receivable(Codec::kOpus, "", "stereo=1;sprop-stereo=1"));
}

TEST(SdpSubscriber, RtxHasANumberOfItsOwnForEachConfiguration) {
  SubscriberPayloadTypes types;
  const std::uint8_t first = *types.assign(Codec::kVp9, "profile-id=0");
  const std::uint8_t second = *types.assign(Codec::kVp9, "profile-id=2");
  EXPECT_EQ(types.assign_rtx(first), 102);
  EXPECT_EQ(types.assign_rtx(first), 102) << "for good";
  const std::uint8_t rtx = types.assign_rtx(second);
  EXPECT_EQ(types.assign_rtx(second), rtx);
  EXPECT_EQ(types.assign_rtx(96), 0) << "nobody has that number";
  std::set<int> taken = {first, second, 102, rtx};
  EXPECT_EQ(taken.size(), 4U);
  for (std::size_t i = 2; i < kSparePayloadTypes.size(); ++i) {
    EXPECT_TRUE(taken.insert(*types.assign(Codec::kVp9, std::to_string(i))).second);
  }
  EXPECT_EQ(types.assign_rtx(*types.assign(Codec::kVp9, "5")), 0) << "all are taken";
}

}  // namespace
}  // namespace penstock::sdp
