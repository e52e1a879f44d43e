// Whatever is refused says so: one warning per m-line, with the reason; and none without a reason.
#include <gtest/gtest.h>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

using Texts = std::vector<std::string>;

TEST(SdpWarnings, NoneAboutWhatBrowsersSend) {
  for (const std::string& name : kCapturedOffers) {
    const Texts warnings = warnings_of(captured_text(name));
    EXPECT_EQ(warnings, Texts{}) << name;
  }
}

TEST(SdpWarnings, NameTheCodecsOfBothSides) {
  PublisherPolicy policy;
  policy.video_codecs = {Codec::kVp9, Codec::kVp8};
  const SessionDescription offer =
      parsed(offer_text({"m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:a\na=rtcp-mux\n",
                         replaced(video_lines("v"), "VP8", "H264")},
                        "a=group:BUNDLE a v\n"));
  EXPECT_EQ(
      answer_publisher_offer(offer, policy, local_transport())->warnings,
      (Texts{"m-line 0 (mid a): no codec of this room: offers payload type 0; room takes opus",
             "m-line 1 (mid v): no codec of this room: offers H264; room takes VP9, VP8"}));
  policy.forced_video_codec = Codec::kAv1;
  EXPECT_EQ(answer_publisher_offer(offer, policy, local_transport())->warnings.at(1),
            "m-line 1 (mid v): no codec of this room: offers H264; room takes AV1");
}

TEST(SdpWarnings, SayWhenACodecIsOfferedInAWayThatCannotBeTaken) {
  EXPECT_EQ(warnings_of(offer_text(
                {replaced(video_lines("v"), "VP8", "H264") + "a=fmtp:96 packetization-mode=2\n"})),
            Texts{"m-line 0 (mid v): no a=fmtp of its H264 can be taken"});
}

TEST(SdpWarnings, SayWhatIsWrongWithTheTransport) {
  const std::string group = "a=group:BUNDLE 0 1\n";
  const std::string audio = audio_lines("0");
  const std::string video = video_lines("1");
  EXPECT_EQ(warnings_of(offer_text({audio, video}, group)), Texts{});
  EXPECT_EQ(warnings_of(offer_text({audio, video})),
            Texts{"m-line 1 (mid 1): the offer has no a=group:BUNDLE, so only its first m-line is "
                  "taken"});
  EXPECT_EQ(
      warnings_of(offer_text({audio, video}, "a=group:BUNDLE 0\n")),
      Texts{"m-line 1 (mid 1): not in the first BUNDLE group: all m-lines share one transport"});
  EXPECT_EQ(warnings_of(offer_text({replaced(audio, "a=rtcp-mux\n", "")})),
            Texts{"m-line 0 (mid 0): no a=rtcp-mux"});
  EXPECT_EQ(
      warnings_of(offer_text({audio, replaced(video, "UDP/TLS/RTP/SAVPF", "RTP/AVP")}, group)),
      Texts{"m-line 1 (mid 1): its protocol is neither UDP/TLS/RTP/SAVPF nor "
            "TCP/DTLS/RTP/SAVPF"});
}

TEST(SdpWarnings, NoneAboutWhatThePublisherItselfRejects) {
  EXPECT_EQ(
      warnings_of(offer_text({audio_lines("0"), replaced(video_lines("1"), "video 9", "video 0")},
                             "a=group:BUNDLE 0\n")),
      Texts{});
}

TEST(SdpWarnings, NameTheLimitOfStreams) {
  std::vector<std::string> media;
  std::string group = "a=group:BUNDLE";
  for (int i = 0; i < 60; ++i) {
    media.push_back(audio_lines(std::to_string(i)));
    group += " " + std::to_string(i);
  }
  const Texts warnings = warnings_of(offer_text(media, group + "\n"));
  ASSERT_EQ(warnings.size(), kWarningsMax + 1);
  EXPECT_EQ(warnings.front(),
            "m-line 32 (mid 32): more m-lines than limits.streams_per_publisher_max allows (32)");
  EXPECT_EQ(warnings.back(), "and 12 more");
}

TEST(SdpWarnings, SayWhenOnlyThePayloadTypeTellsPacketsApart) {
  EXPECT_EQ(warnings_of(offer_text({video_lines("seventeen_bytes_x")})),
            Texts{"m-line 0 (mid seventeen_bytes_x): its mid is longer than 16 bytes and it has no "
                  "a=ssrc: only its payload type tells its packets apart"});
}

TEST(SdpWarnings, SayWhichHeaderExtensionsAreLeftOut) {
  const std::string mid_uri = "urn:ietf:params:rtp-hdrext:sdes:mid\n";
  const std::string why =
      " left out: it has another id or meaning in another m-line, or an id that is 15 or over 255";
  EXPECT_EQ(warnings_of(offer_text({audio_lines("0", "a=extmap:1 " + mid_uri),
                                    video_lines("1", "a=extmap:2 " + mid_uri)},
                                   "a=group:BUNDLE 0 1\n")),
            Texts{"m-line 1 (mid 1): a=extmap:2" + why});
  EXPECT_EQ(warnings_of(offer_text({audio_lines("0", "a=extmap:15 " + mid_uri)})),
            Texts{"m-line 0 (mid 0): a=extmap:15" + why});
  EXPECT_EQ(warnings_of(offer_text({audio_lines("0", "a=extmap:15 urn:unknown\n")})), Texts{});
}

TEST(SdpWarnings, SayThatNoEncodingCanBeTaken) {
  EXPECT_EQ(warnings_of(offer_text({video_lines("0", "a=simulcast:send h;l\n")})),
            Texts{"m-line 0 (mid 0): none of its simulcast encodings can be taken"});
}

TEST(SdpWarnings, OfAPeersTextOnlyTokensAreRepeatedAndInShort) {
  const std::string name(100, 'x');
  std::string codecs =
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 102 103 104 105\n"
      "a=mid:0\na=rtcp-mux\n";
  for (int type = 96; type <= 105; ++type) {
    codecs += "a=rtpmap:" + std::to_string(type) + " " + std::to_string(type) + name + "/90000\n";
  }
  const Texts warnings = warnings_of(offer_text({codecs}));
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_LT(warnings[0].size(), 400U);
  EXPECT_NE(warnings[0].find(", ...; room takes"), std::string::npos) << warnings[0];
}

TEST(SdpWarnings, OfASubscriberThatRejectsWhatItIsOffered) {
  OfferedStream audio;
  audio.mid = "0";
  audio.payload_type = 111;
  OfferedStream idle = audio;
  idle.mid = "1";
  idle.active = false;
  const std::vector<OfferedStream> streams = {audio, idle};
  const SessionDescription offer = make_subscriber_offer(streams, local_transport(), {});
  SessionDescription answer = offer;
  for (MediaDescription& media : answer.media) {
    media.port = 0;
    media.mid = "";
  }
  const auto result = apply_subscriber_answer(offer, answer);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(result->warnings, Texts{"m-line 0 (mid 0): offered, and rejected by the subscriber"});
}

}  // namespace
}  // namespace penstock::sdp
