#include "controlplane/sdp/publisher_negotiation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

PublisherNegotiation answered(const SessionDescription& offer,
                              const PublisherPolicy& policy = all_codecs()) {
  auto result = answer_publisher_offer(offer, policy, local_transport());
  EXPECT_TRUE(result.has_value()) << result.error().text;
  return result.value_or(PublisherNegotiation{});
}

PublisherNegotiation answered(const std::string& offer,
                              const PublisherPolicy& policy = all_codecs()) {
  return answered(parsed(offer), policy);
}

// What every answer must obey, whatever the offer (RFC 3264 section 6, RFC 9143 section 7.3).
void expect_valid_answer(const SessionDescription& offer, const SessionDescription& answer) {
  EXPECT_EQ(parsed(write_session_description(answer)), answer);
  EXPECT_TRUE(answer.ice_lite);
  ASSERT_EQ(answer.media.size(), offer.media.size());
  std::vector<std::string> accepted;
  std::map<std::string, int> ids;
  std::map<int, std::string> uris;
  for (std::size_t i = 0; i < offer.media.size(); ++i) {
    const MediaDescription& theirs = offer.media[i];
    const MediaDescription& ours = answer.media[i];
    EXPECT_EQ(ours.kind, theirs.kind);
    EXPECT_EQ(ours.mid, theirs.mid);
    EXPECT_EQ(ours.protocol, theirs.protocol);
    EXPECT_FALSE(ours.bundle_only);
    if (is_data_media(ours) && ours.port != 0) {  // no direction of its own (RFC 8841 section 10.1)
      EXPECT_EQ(ours.formats, std::vector<std::string>{"webrtc-datachannel"});
      accepted.push_back(ours.mid);
      continue;
    }
    EXPECT_FALSE(sends(ours.direction));
    if (ours.port == 0) {
      EXPECT_EQ(ours.payloads.size() + ours.formats.size(), 1U);
      continue;
    }
    ASSERT_FALSE(ours.payloads.empty());
    EXPECT_LE(ours.payloads.size(), 2U) << "the codec, and its RTX";
    EXPECT_TRUE(ours.formats.empty());
    for (const PayloadFormat& payload : ours.payloads) {
      const PayloadFormat* offered = theirs.find_payload(payload.payload_type);
      ASSERT_NE(offered, nullptr);
      EXPECT_EQ(payload.rtpmap, offered->rtpmap);
    }
    accepted.push_back(ours.mid);
    EXPECT_TRUE(ours.rtcp_mux);
    EXPECT_EQ(ours.direction == Direction::kRecvOnly, sends(theirs.direction));
    for (const Extmap& extmap : ours.extmaps) {
      EXPECT_EQ(ids.emplace(extmap.uri, extmap.id).first->second, extmap.id);
      EXPECT_EQ(uris.emplace(extmap.id, extmap.uri).first->second, extmap.uri);
    }
  }
  if (!offer.bundle_groups.empty() && !accepted.empty()) {
    ASSERT_EQ(answer.bundle_groups.size(), 1U);
    EXPECT_EQ(answer.bundle_groups[0], accepted);
  }
}

TEST(SdpPublisher, AnswersToCapturedOffersAreValidWithEveryCodec) {
  for (const std::string& name : kCapturedOffers) {
    SCOPED_TRACE(name);
    const SessionDescription offer = captured(name);
    for (const Codec codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
      PublisherPolicy policy = all_codecs();
      policy.forced_video_codec = codec;
      expect_valid_answer(offer, answered(offer, policy).answer);
    }
  }
}

TEST(SdpPublisher, AnswersChromiumsAudioAndVideo) {
  const PublisherNegotiation result = answered(captured("chromium_156_audio_video"));
  EXPECT_EQ(result.dtls_role, DtlsRole::kServer);
  EXPECT_EQ(result.remote.fingerprints.size(), 1U);
  EXPECT_FALSE(result.remote.ice_ufrag.empty());
  ASSERT_EQ(result.streams.size(), 2U);

  const NegotiatedStream& audio = result.streams[0];
  EXPECT_TRUE(audio.active);
  EXPECT_EQ(audio.mid, "0");
  EXPECT_EQ(audio.codec, Codec::kOpus);
  EXPECT_EQ(audio.payload_type, 111);
  EXPECT_TRUE(audio.opus_fec);
  EXPECT_EQ(audio.ssrcs.size(), 1U);

  const NegotiatedStream& video = result.streams[1];
  EXPECT_EQ(video.mindex, 1U);
  EXPECT_EQ(video.codec, Codec::kVp8);
  EXPECT_EQ(video.payload_type, 96);
  EXPECT_EQ(video.ssrcs.size(), 1U) << "the RTX SSRC is not a media SSRC";
  EXPECT_TRUE(video.rids.empty());

  EXPECT_EQ(result.extensions.id(HeaderExtension::kMid), 4);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kAudioLevel), 1);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kTransportCc), 3);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kPlayoutDelay), 5);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kVideoOrientation), 13);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kAbsSendTime), 0);
}

PublisherPolicy with_red() {
  PublisherPolicy policy = all_codecs();
  policy.opus_red = true;
  return policy;
}

TEST(SdpPublisher, AsksForRedBeforeOpusWhereTheRoomWantsIt) {
  const SessionDescription offer = captured("chromium_156_audio_video");
  const PublisherNegotiation result = answered(offer, with_red());
  expect_valid_answer(offer, result.answer);
  EXPECT_EQ(result.streams[0].payload_type, 111);
  EXPECT_EQ(result.streams[0].red_payload_type, 63);
  const auto& payloads = result.answer.media[0].payloads;
  ASSERT_EQ(payloads.size(), 2U);
  EXPECT_EQ(payloads[0].payload_type, 63);
  EXPECT_EQ(payloads[0].rtpmap->encoding_name, "red");
  EXPECT_EQ(payloads[0].rtpmap->channels, 2U);
  EXPECT_EQ(payloads[0].fmtp, "111/111");
  EXPECT_EQ(payloads[1].payload_type, 111);
  EXPECT_EQ(result.streams[1].red_payload_type, 0) << "RED of video is another thing";
  const PublisherNegotiation without = answered(offer);
  EXPECT_EQ(without.streams[0].red_payload_type, 0);
  EXPECT_EQ(without.answer.media[0].payloads.size(), 1U);
}

TEST(SdpPublisher, AsksForNoRedWhereThereIsNoneOfItsOpus) {
  EXPECT_EQ(answered(captured("firefox_153_audio_video"), with_red()).streams[0].red_payload_type,
            0);
  const auto red_of = [](std::string_view lines) {
    const std::string offer = offer_text({"m=audio 9 UDP/TLS/RTP/SAVPF 111 63\na=mid:0\n"
                                          "a=rtcp-mux\na=rtpmap:111 opus/48000/2\n" +
                                          std::string(lines)},
                                         "a=group:BUNDLE 0\n");
    return answered(offer, with_red()).streams[0].red_payload_type;
  };
  EXPECT_EQ(red_of("a=rtpmap:63 RED/48000/2\na=fmtp:63 111/111/111\n"), 63);
  EXPECT_EQ(red_of("a=rtpmap:63 red/48000/2\na=fmtp:63 111/0\n"), 0) << "other blocks, too";
  EXPECT_EQ(red_of("a=rtpmap:63 red/48000/2\na=fmtp:63 9/9\n"), 0);
  EXPECT_EQ(red_of("a=rtpmap:63 red/48000/2\n"), 0) << "of what, it does not say";
  EXPECT_EQ(red_of("a=rtpmap:63 red/8000\na=fmtp:63 111/111\n"), 0);
}

TEST(SdpPublisher, TakesTheDependencyDescriptorThatChromiumOffersWithSimulcast) {
  const PublisherNegotiation result = answered(captured("chromium_156_simulcast"));
  EXPECT_EQ(result.extensions.id(HeaderExtension::kDependencyDescriptor), 12);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kRid), 10);
}

TEST(SdpPublisher, DescribesOurTransport) {
  const SessionDescription answer = answered(captured("chromium_156_two_videos")).answer;
  EXPECT_EQ(answer.origin, (Origin{"-", 4711, 1, "198.18.0.2"}));
  EXPECT_EQ(answer.name, "VideoRoom 1234");
  EXPECT_EQ(answer.transport.fingerprints.at(0).value, "01:23:45:67:89:AB:CD:EF");
  for (const MediaDescription& media : answer.media) {
    EXPECT_EQ(media.transport.ice_ufrag, "ouru");
    EXPECT_EQ(media.transport.ice_pwd, "ourpasswordourpassword");
    EXPECT_EQ(media.transport.setup, Setup::kPassive);
  }
  EXPECT_EQ(answer.media[0].candidates, local_transport().candidates);
  EXPECT_TRUE(answer.media[0].end_of_candidates);
  EXPECT_TRUE(answer.media[1].candidates.empty());
}

TEST(SdpPublisher, AcceptsFirefoxsBundleOnlyMediaAndItsSendableExtensions) {
  const PublisherNegotiation result = answered(captured("firefox_153_two_videos_max_bundle"));
  ASSERT_EQ(result.streams.size(), 3U);
  for (const NegotiatedStream& stream : result.streams) EXPECT_TRUE(stream.active);
  EXPECT_EQ(result.answer.media[1].port, 9);
  EXPECT_EQ(result.answer.bundle_groups.at(0).size(), 3U);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kPlayoutDelay), 0) << "offered as recvonly";
  EXPECT_TRUE(result.streams[0].opus_stereo);
  EXPECT_EQ(result.streams[1].ssrcs, std::vector<std::uint32_t>{4206026498});
}

TEST(SdpPublisher, OffersOnlyFeedbackThatWeServe) {
  const SessionDescription answer = answered(captured("chromium_156_audio_video")).answer;
  EXPECT_EQ(answer.media[0].payloads[0].rtcp_fbs, std::vector<std::string>{"transport-cc"});
  EXPECT_EQ(answer.media[1].payloads[0].rtcp_fbs,
            (std::vector<std::string>{"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}));
  const std::string without = offer_text({video_lines("0", "a=rtcp-fb:96 transport-cc\n")});
  EXPECT_TRUE(answered(without).answer.media[0].payloads[0].rtcp_fbs.empty())
      << "its extension is not offered";
  const std::string wildcard = offer_text({video_lines("0", "a=rtcp-fb:* nack pli\n")});
  EXPECT_EQ(answered(wildcard).answer.media[0].payloads[0].rtcp_fbs,
            std::vector<std::string>{"nack pli"});
}

TEST(SdpPublisher, WhereRembIsNotOfferedTheBitrateStandsInTheAnswer) {
  PublisherPolicy policy = all_codecs();
  policy.bitrate_bps = 256'500;
  const PublisherNegotiation with = answered(captured("chromium_156_audio_video"), policy);
  EXPECT_TRUE(with.streams[1].remb);
  EXPECT_FALSE(with.streams[0].remb);
  EXPECT_TRUE(with.answer.media[1].bandwidths.empty()) << "REMB may raise it again, b= may not";
  EXPECT_TRUE(with.warnings.empty());

  const std::string plain = offer_text({video_lines("0", "a=rtcp-fb:96 nack pli\n")});
  const PublisherNegotiation without = answered(plain, policy);
  EXPECT_FALSE(without.streams[0].remb);
  EXPECT_EQ(without.answer.media[0].bandwidths,
            (std::vector<Bandwidth>{{"TIAS", 256'500}, {"AS", 256}}));
  ASSERT_EQ(without.warnings.size(), 1U);
  EXPECT_NE(without.warnings[0].find("goog-remb"), std::string::npos);
  EXPECT_TRUE(answered(plain).answer.media[0].bandwidths.empty()) << "nothing is to be limited";
}

TEST(SdpPublisher, TakesTheRtxOfTheChosenCodec) {
  const SessionDescription offer = captured("chromium_156_audio_video");
  for (const auto& [codec, payload_type, rtx] :
       {std::tuple{Codec::kVp8, 96, 97}, std::tuple{Codec::kVp9, 98, 99}}) {
    PublisherPolicy policy = all_codecs();
    policy.forced_video_codec = codec;
    const PublisherNegotiation result = answered(offer, policy);
    const NegotiatedStream& video = result.streams.at(1);
    EXPECT_EQ(video.payload_type, payload_type);
    EXPECT_TRUE(video.nack);
    EXPECT_EQ(video.rtx_payload_type, rtx);
    const auto& payloads = result.answer.media[1].payloads;
    ASSERT_EQ(payloads.size(), 2U);
    EXPECT_EQ(payloads[1].payload_type, rtx);
    EXPECT_EQ(payloads[1].fmtp, "apt=" + std::to_string(payload_type));
    EXPECT_TRUE(payloads[1].rtcp_fbs.empty());
    EXPECT_EQ(video.repaired_ssrcs,
              (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1776751525, 608376718}}));
    EXPECT_EQ(video.ssrcs, std::vector<std::uint32_t>{1776751525});
  }
}

TEST(SdpPublisher, NackAndRtxAreTakenAsFarAsTheyAreOffered) {
  const PublisherNegotiation rtx_only =
      answered(offer_text({video_lines("0", "a=rtcp-fb:96 nack pli\n")}));
  EXPECT_FALSE(rtx_only.streams[0].nack);
  EXPECT_EQ(rtx_only.streams[0].rtx_payload_type, 97) << "publishers probe with it";
  SessionDescription offer = captured("chromium_156_audio_video");
  std::erase_if(offer.media[1].payloads, [](const PayloadFormat& format) {
    return format.rtpmap && format.rtpmap->encoding_name == "rtx";
  });
  const PublisherNegotiation nack_only = answered(offer);
  EXPECT_TRUE(nack_only.streams[1].nack);
  EXPECT_EQ(nack_only.streams[1].rtx_payload_type, 0);
  EXPECT_EQ(nack_only.answer.media[1].payloads.size(), 1U);
}

TEST(SdpPublisher, AudioIsAskedForAgainWhereThatIsOffered) {
  SessionDescription offer = captured("chromium_156_audio_video");
  EXPECT_FALSE(answered(offer).streams.at(0).nack);
  for (PayloadFormat& payload : offer.media[0].payloads) payload.rtcp_fbs.emplace_back("nack");
  const PublisherNegotiation result = answered(offer);
  EXPECT_TRUE(result.streams.at(0).nack);
  EXPECT_EQ(result.answer.media[0].payloads[0].rtcp_fbs,
            (std::vector<std::string>{"nack", "transport-cc"}));
}

TEST(SdpPublisher, TheRoomTurnsExtensionsOff) {
  PublisherPolicy policy = all_codecs();
  policy.audio_level = policy.video_orientation = policy.playout_delay = false;
  policy.transport_cc = false;
  const PublisherNegotiation result = answered(captured("chromium_156_audio_video"), policy);
  for (const HeaderExtension off :
       {HeaderExtension::kAudioLevel, HeaderExtension::kVideoOrientation,
        HeaderExtension::kPlayoutDelay, HeaderExtension::kTransportCc}) {
    EXPECT_EQ(result.extensions.id(off), 0);
  }
  EXPECT_EQ(result.extensions.id(HeaderExtension::kMid), 4);
  EXPECT_EQ(write_session_description(result.answer).find("transport-cc"), std::string::npos);
}

TEST(SdpPublisher, CodecIsTheFirstOfTheRoomThatIsOffered) {
  PublisherPolicy policy;
  policy.video_codecs = {Codec::kH264, Codec::kVp9, Codec::kVp8};
  EXPECT_EQ(answered(captured("chromium_156_audio_video"), policy).streams[1].codec, Codec::kH264);
  EXPECT_EQ(answered(captured("firefox_153_audio_video"), policy).streams[1].codec, Codec::kVp9);
  policy.forced_video_codec = Codec::kVp8;
  EXPECT_EQ(answered(captured("chromium_156_audio_video"), policy).streams[1].codec, Codec::kVp8);
}

TEST(SdpPublisher, TakesAllSimulcastEncodingsInWhateverOrder) {
  for (const char* name : {"chromium_156_simulcast", "firefox_153_simulcast"}) {
    PublisherPolicy policy = all_codecs();
    const PublisherNegotiation high = answered(captured(name), policy);
    EXPECT_EQ(high.streams[1].rids, (std::vector<std::string>{"h", "m", "l"}));
    EXPECT_EQ(high.streams[1].accepted_rids, (std::vector<std::string>{"h", "m", "l"}));
    EXPECT_NE(high.extensions.id(HeaderExtension::kRid), 0);
    const MediaDescription& media = high.answer.media[1];
    EXPECT_EQ(media.rids, (std::vector<Rid>{{"h", Direction::kRecvOnly, ""},
                                            {"m", Direction::kRecvOnly, ""},
                                            {"l", Direction::kRecvOnly, ""}}));
    EXPECT_EQ(media.simulcast, (Simulcast{{}, {{{"h", false}}, {{"m", false}}, {{"l", false}}}}));
  }
}

TEST(SdpPublisher, LeavesSimulcastOutWhenNoEncodingFits) {
  for (const char* lines : {
           "a=simulcast:send h;l\n",                                              // no a=rid
           "a=rid:h recv\na=simulcast:send h\n",                                  // not sent
           "a=rid:h send pt=97\na=simulcast:send h\n",                            // other codec
           "a=rid:h send\na=simulcast:recv h\n",                                  // other direction
           "a=rid:abcdefghijklmnopq send\na=simulcast:send abcdefghijklmnopq\n",  // too long
       }) {
    const PublisherNegotiation result = answered(offer_text({video_lines("0", lines)}));
    EXPECT_TRUE(result.streams[0].active) << lines;
    EXPECT_TRUE(result.streams[0].accepted_rids.empty()) << lines;
    EXPECT_FALSE(result.answer.media[0].simulcast.has_value()) << lines;
    EXPECT_TRUE(result.answer.media[0].rids.empty()) << lines;
  }
  const PublisherNegotiation next = answered(offer_text(
      {video_lines("0", "a=rid:h send pt=97\na=rid:l send pt=98,96\na=simulcast:send h;l\n")}));
  EXPECT_EQ(next.streams[0].accepted_rids, (std::vector<std::string>{"l"}));
}

TEST(SdpPublisher, EncodingsThatStartPausedAreTakenForTheyMayGoOn) {
  const PublisherNegotiation result = answered(
      offer_text({video_lines("0", "a=rid:h send\na=rid:l send\na=simulcast:send ~h;l\n")}));
  EXPECT_EQ(result.streams[0].accepted_rids, (std::vector<std::string>{"h", "l"}));
  EXPECT_EQ(result.answer.media[0].simulcast, (Simulcast{{}, {{{"h", false}}, {{"l", false}}}}));
}

TEST(SdpPublisher, SsrcsOfOneTrackAreItsEncodingsInTheOrderOfTheGroup) {
  const PublisherNegotiation result =
      answered(offer_text({video_lines("0",
                                       "a=ssrc-group:SIM 30 20 10\na=ssrc-group:FID 10 11\n"
                                       "a=ssrc:10 msid:s t\na=ssrc:11 msid:s t\n"
                                       "a=ssrc:20 msid:s t\na=ssrc:30 msid:s t\n")}));
  EXPECT_EQ(result.streams[0].ssrcs, (std::vector<std::uint32_t>{30, 20, 10}));
  EXPECT_TRUE(result.streams[0].other_ssrcs.empty());
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_FALSE(result.answer.media[0].simulcast.has_value());
}

TEST(SdpPublisher, OfSeveralTracksInOneMlineTheFirstIsTaken) {
  const PublisherNegotiation result =
      answered(offer_text({video_lines("0",
                                       "a=ssrc-group:FID 10 11\na=ssrc-group:FID 20 21\n"
                                       "a=ssrc:10 msid:s camera\na=ssrc:11 msid:s camera\n"
                                       "a=ssrc:20 msid:s screen\na=ssrc:21 msid:s screen\n")}));
  EXPECT_EQ(result.streams[0].ssrcs, (std::vector<std::uint32_t>{10}));
  EXPECT_EQ(result.streams[0].other_ssrcs, (std::vector<std::uint32_t>{20, 21}));
  ASSERT_EQ(result.warnings.size(), 1U) << "its developer looks for the second picture";
  EXPECT_NE(result.warnings[0].find("Plan B"), std::string::npos);
}

TEST(SdpPublisher, OneIdPerExtensionOverTheGroup) {
  const std::string mid_uri = "urn:ietf:params:rtp-hdrext:sdes:mid\n";
  const std::string rid_uri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n";
  const PublisherNegotiation result = answered(offer_text(
      {audio_lines("0", "a=extmap:1 " + mid_uri), video_lines("1", "a=extmap:2 " + mid_uri),
       video_lines("2",
                   "a=extmap:1 " + rid_uri + "a=extmap:3 " + rid_uri + "a=extmap:3 " + mid_uri),
       video_lines("3", "a=extmap:1 " + mid_uri + "a=extmap:1 " + mid_uri),
       video_lines("4", "a=extmap:15 " + rid_uri + "a=extmap:256 " + rid_uri),
       video_lines("5", "a=extmap:255 urn:3gpp:video-orientation\n")},
      "a=group:BUNDLE 0 1 2 3 4 5\n"));
  const auto ids = [&](std::size_t mindex) {
    std::vector<int> numbers;
    for (const Extmap& extmap : result.answer.media[mindex].extmaps) numbers.push_back(extmap.id);
    return numbers;
  };
  EXPECT_EQ(ids(0), std::vector{1});
  EXPECT_EQ(ids(1), std::vector<int>{}) << "same URI, other id";
  EXPECT_EQ(ids(2), std::vector{3}) << "same id, other URI; then the same URI with a free id";
  EXPECT_EQ(ids(3), std::vector{1}) << "the same line twice";
  EXPECT_EQ(ids(4), std::vector<int>{}) << "not ids of either form";
  EXPECT_EQ(ids(5), std::vector<int>{255}) << "id of the two-byte form";
  EXPECT_EQ(result.extensions.id(HeaderExtension::kMid), 1);
  EXPECT_EQ(result.extensions.id(HeaderExtension::kRid), 3);
}

// RFC 9143 section 15: the one-byte form of the extension carries 16 bytes.
TEST(SdpPublisher, MidsOfOver16BytesGoWithoutTheExtension) {
  const std::string mid_uri = "urn:ietf:params:rtp-hdrext:sdes:mid\n";
  const std::string uuid = "2c1a8c1e-7b1f-4b0e-9d55-5a6f6f1b7a10";
  const PublisherNegotiation result =
      answered(offer_text({audio_lines("sixteen_bytes_ok", "a=extmap:1 " + mid_uri),
                           video_lines(uuid, "a=ssrc:7 cname:x\na=extmap:1 " + mid_uri)},
                          "a=group:BUNDLE sixteen_bytes_ok " + uuid + "\n"));
  EXPECT_EQ(result.answer.media[0].extmaps.size(), 1U);
  EXPECT_EQ(result.answer.media[1].port, 9);
  EXPECT_EQ(result.answer.media[1].mid, uuid);
  EXPECT_TRUE(result.answer.media[1].extmaps.empty());
  EXPECT_EQ(result.answer.bundle_groups.at(0).back(), uuid);
  EXPECT_EQ(result.streams.at(1).mid, uuid);
  EXPECT_TRUE(result.warnings.empty());
}

TEST(SdpPublisher, MediaThatIsNotSentIsInactive) {
  const PublisherNegotiation result = answered(captured("chromium_156_recvonly"));
  for (const NegotiatedStream& stream : result.streams) EXPECT_FALSE(stream.active);
  for (const MediaDescription& media : result.answer.media) {
    EXPECT_EQ(media.direction, Direction::kInactive);
    EXPECT_EQ(media.port, 9);
  }
  EXPECT_EQ(result.answer.bundle_groups.at(0).size(), 2U);
}

TEST(SdpPublisher, DtlsRoleFollowsTheOffer) {
  const auto role = [](const char* setup) {
    const std::string text = offer_text({audio_lines("0")});
    return answered(replaced(text, "a=setup:actpass\n", setup));
  };
  EXPECT_EQ(role("a=setup:actpass\n").dtls_role, DtlsRole::kServer);
  EXPECT_EQ(role("a=setup:active\n").dtls_role, DtlsRole::kServer);
  EXPECT_EQ(role("").dtls_role, DtlsRole::kServer);
  EXPECT_EQ(role("a=setup:passive\n").dtls_role, DtlsRole::kClient);
  EXPECT_EQ(role("a=setup:passive\n").answer.media[0].transport.setup, Setup::kActive);
  EXPECT_EQ(role("a=setup:actpass\n").answer.media[0].transport.setup, Setup::kPassive);
}

TEST(SdpPublisher, MediaWithoutMidIsNamedByItsIndex) {
  const PublisherNegotiation result =
      answered(replaced(offer_text({audio_lines("0")}), "a=mid:0\n", ""));
  EXPECT_TRUE(result.streams.at(0).active);
  EXPECT_EQ(result.streams[0].mid, "0");
  EXPECT_EQ(result.answer.media[0].mid, "");
}

}  // namespace
}  // namespace penstock::sdp
