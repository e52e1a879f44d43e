#include "controlplane/sdp/parser.h"

#include <gtest/gtest.h>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

using namespace std::string_literals;

// Parses one media description made of `lines`.
MediaDescription media_of(std::string_view lines) {
  return parsed("v=0\no=- 1 1 IN IP4 0.0.0.0\n" + std::string(lines)).media.at(0);
}

std::string error_of(std::string_view text) {
  const auto description = parse_session_description(text);
  EXPECT_FALSE(description.has_value()) << text;
  return description ? "" : description.error();
}

TEST(SdpParser, ReadsChromiumsSimulcastOffer) {
  const SessionDescription offer = captured("chromium_156_simulcast");
  EXPECT_EQ(offer.origin.session_id, 8266927884621346376ULL);
  EXPECT_EQ(offer.origin.session_version, 2U);
  EXPECT_EQ(offer.bundle_groups, (std::vector<std::vector<std::string>>{{"0", "1"}}));
  EXPECT_TRUE(offer.extmap_allow_mixed);
  ASSERT_EQ(offer.media.size(), 2U);

  const MediaDescription& audio = offer.media[0];
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.protocol, "UDP/TLS/RTP/SAVPF");
  EXPECT_EQ(audio.payloads.size(), 8U);
  EXPECT_EQ(audio.payloads[0].rtpmap, (RtpMap{"opus", 48'000, 2}));
  EXPECT_EQ(audio.payloads[0].fmtp, "minptime=10;useinbandfec=1");
  EXPECT_EQ(audio.direction, Direction::kSendOnly);
  EXPECT_EQ(audio.transport.setup, Setup::kActpass);
  EXPECT_EQ(audio.transport.fingerprints.at(0).hash_function, "sha-256");
  EXPECT_EQ(audio.candidates.size(), 2U);
  EXPECT_EQ(audio.ssrcs.at(0).ssrc, 2666795356U);
  EXPECT_EQ(audio.ssrcs.at(0).cname, "CaT0ZJ+l+G91anhd");
  EXPECT_TRUE(audio.rtcp_mux && audio.rtcp_rsize);

  const MediaDescription& video = offer.media[1];
  EXPECT_EQ(video.payloads.size(), 23U);
  EXPECT_EQ(video.find_payload(97)->fmtp, "apt=96");
  EXPECT_EQ(video.find_payload(96)->rtcp_fbs.size(), 5U);
  EXPECT_EQ(video.find_payload(5), nullptr);
  EXPECT_EQ(video.extmaps.size(), 13U);
  ASSERT_EQ(video.rids.size(), 3U);
  EXPECT_EQ(video.rids[0].id, "h");
  ASSERT_TRUE(video.simulcast.has_value());
  EXPECT_EQ(video.simulcast->send.size(), 3U);
  EXPECT_TRUE(video.simulcast->recv.empty());
}

TEST(SdpParser, ReadsFirefoxsBundleOnlyOffer) {
  const SessionDescription offer = captured("firefox_153_two_videos_max_bundle");
  EXPECT_EQ(offer.origin.username, "mozilla...THIS_IS_SDPARTA-99.0");
  EXPECT_EQ(offer.msid_semantic, "WMS *");
  EXPECT_EQ(offer.transport.fingerprints.size(), 1U);
  ASSERT_EQ(offer.media.size(), 3U);
  EXPECT_TRUE(offer.media[0].end_of_candidates);
  EXPECT_EQ(offer.media[1].port, 0);
  EXPECT_TRUE(offer.media[1].bundle_only);
  EXPECT_EQ(offer.media[1].ssrc_groups.at(0).ssrcs,
            (std::vector<std::uint32_t>{4206026498, 2867040423}));
  EXPECT_EQ(offer.media[1].extmaps.at(3).direction, Direction::kRecvOnly);
}

TEST(SdpParser, LineEndsMayBeLfOrCrlf) {
  for (const std::string& name : kCapturedOffers) {
    const std::string text = captured_text(name);
    ASSERT_NE(text.find("\r\n"), std::string::npos) << name;
    EXPECT_EQ(parsed(text), parsed(replaced(text, "\r\n", "\n"))) << name;
  }
}

TEST(SdpParser, CapturedOffersSurviveWritingAndParsing) {
  for (const std::string& name : kCapturedOffers) {
    const SessionDescription offer = captured(name);
    EXPECT_EQ(parsed(write_session_description(offer)), offer) << name;
  }
}

TEST(SdpParser, TakesTheSessionDirectionWhereMediaHaveNone) {
  const SessionDescription offer = parsed(
      "v=0\no=- 1 1 IN IP4 0.0.0.0\na=recvonly\n"
      "m=audio 9 RTP/AVP 0\nm=video 9 RTP/AVP 96\na=inactive\n");
  EXPECT_EQ(offer.media.at(0).direction, Direction::kRecvOnly);
  EXPECT_EQ(offer.media.at(1).direction, Direction::kInactive);
  EXPECT_EQ(media_of("m=audio 9 RTP/AVP 0\n").direction, Direction::kSendRecv);
}

TEST(SdpParser, IgnoresWhatItDoesNotKnow) {
  const std::string plain = "v=0\no=- 1 1 IN IP4 0.0.0.0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\n";
  const std::string decorated =
      "v=0\no=- 1 1 IN IP4 0.0.0.0\ni=info\nu=uri\ne=mail\np=phone\nc=IN IP4 1.2.3.4\n"
      "b=AS:10\nt=0 0\nr=0\nz=0\nk=clear:1\na=unknown\na=unknown:value\na=group:LS 1 2\n"
      "a=identity:x\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 0\n\nc=IN IP6 ::1\na=rtcp:9 IN IP4 0.0.0.0\na=rtcp-mux:odd\n"
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\na=rtpmap:96 VP8/90000\na=fmtp:96 x=1\n"
      "a=rtcp-fb:96 nack\na=\n";
  EXPECT_EQ(parsed(decorated), parsed(plain));
}

TEST(SdpParser, ReadsEachMediaAttribute) {
  const MediaDescription media = media_of(
      "m=video 9/2 UDP/TLS/RTP/SAVPF 96\nb=TIAS:128000\na=fmtp:96 max-fr=30\n"
      "a=rtcp-fb:* nack\na=rtcp-fb:96 ccm fir\na=rtcp-mux-only\na=bundle-only\n"
      "a=msid:stream track\na=msid:-\na=ssrc:7 cname:c\na=ssrc:7 msid:s t\na=ssrc-group:FID 7 8\n"
      "a=rid:a recv pt=96;max-width=100\na=simulcast:recv a,~b;c send d\n"
      "a=setup:holdconn\na=ice-options:trickle ice2\na=extmap:3/sendonly urn:x attribute\n"
      "a=fingerprint:SHA-1 aa:bb\na=max-message-size:262144\na=sctp-port:5000\n"
      "a=extmap-allow-mixed\n");
  EXPECT_EQ(media.bandwidths, (std::vector<Bandwidth>{{"TIAS", 128'000}}));
  EXPECT_EQ(media.payloads.at(0).fmtp, "max-fr=30");
  EXPECT_EQ(media.payloads.at(0).rtcp_fbs, std::vector{"ccm fir"s});
  EXPECT_EQ(media.rtcp_fbs_of_all, std::vector{"nack"s});
  EXPECT_TRUE(media.rtcp_mux_only && media.bundle_only && media.extmap_allow_mixed);
  EXPECT_EQ(media.msids, (std::vector<Msid>{{"stream", "track"}, {"-", ""}}));
  EXPECT_EQ(media.ssrcs, (std::vector<SsrcAttributes>{{7, "c", "s t"}}));
  EXPECT_EQ(media.ssrc_groups, (std::vector<SsrcGroup>{{"FID", {7, 8}}}));
  EXPECT_EQ(media.rids, (std::vector<Rid>{{"a", Direction::kRecvOnly, "pt=96;max-width=100"}}));
  EXPECT_EQ(media.simulcast->recv,
            (std::vector<std::vector<SimulcastRid>>{{{"a", false}, {"b", true}}, {{"c", false}}}));
  EXPECT_EQ(media.simulcast->send, (std::vector<std::vector<SimulcastRid>>{{{"d", false}}}));
  EXPECT_EQ(media.transport.setup, Setup::kHoldconn);
  EXPECT_EQ(media.transport.ice_options, (std::vector{"trickle"s, "ice2"s}));
  EXPECT_EQ(media.extmaps, (std::vector<Extmap>{{3, Direction::kSendOnly, "urn:x"}}));
  EXPECT_EQ(media.transport.fingerprints, (std::vector<Fingerprint>{{"sha-1", "AA:BB"}}));
  EXPECT_EQ(media.max_message_bytes, 262'144U);
  EXPECT_EQ(media.sctp_port, 5000);
}

TEST(SdpParser, KeepsFormatsOfOtherProtocolsAsText) {
  const MediaDescription media =
      media_of("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=fmtp:webrtc-datachannel x\n");
  EXPECT_FALSE(media.is_rtp());
  EXPECT_EQ(media.formats, std::vector{"webrtc-datachannel"s});
}

const std::string kVideoStart = "v=0\no=- 1 1 IN IP4 0.0.0.0\nm=video 9 UDP/TLS/RTP/SAVPF 96\n";

TEST(SdpParser, RefusesWhatCannotBeAnsweredWithoutTheLine) {
  for (const char* line : {"a", "=", "m=video", "m=video 9", "m=video 9 UDP/TLS/RTP/SAVPF",
                           "m=video 65536 UDP/TLS/RTP/SAVPF 96", "m=video 9 UDP/TLS/RTP/SAVPF 128",
                           "m=video 9 UDP/TLS/RTP/SAVPF -1", "m=vid\"eo 9 UDP/TLS/RTP/SAVPF 96",
                           "a=mid:", "a=mid:a b", "a=setup:both", "a=fingerprint:sha-256",
                           "a=fingerprint:sha-256 AA:B", "a=fingerprint:sha-256 AA-BB",
                           "a=fingerprint:sha-256 AG:BB", "a=ice-ufrag:", "a=ice-pwd: "}) {
    EXPECT_EQ(error_of(kVideoStart + line + "\n").substr(0, 8), "line 4: ") << line;
  }
}

TEST(SdpParser, LeavesOutMalformedLinesThatNegotiationWouldUseAndSaysSo) {
  for (const char* line : {"a=rtpmap:96",
                           "a=rtpmap:96 VP8",
                           "a=rtpmap:96 VP8/x",
                           "a=rtpmap:96 VP8/90000/0",
                           "a=rtpmap:200 VP8/90000",
                           "a=fmtp:x y",
                           "a=rtcp-fb:96",
                           "a=rtcp-fb:* ",
                           "a=extmap:0 urn:x",
                           "a=extmap:1",
                           "a=extmap:65536 urn:x",
                           "a=extmap:1/both urn:x",
                           "a=ssrc:x cname:y",
                           "a=ssrc:4294967296 cname:y",
                           "a=ssrc-group:FID x",
                           "a=ssrc-group:",
                           "a=rid:a both",
                           "a=rid:a. send",
                           "a=rid:",
                           "a=simulcast:",
                           "a=simulcast:send",
                           "a=simulcast:send ;a",
                           "a=simulcast:send a;",
                           "a=simulcast:send a,",
                           "a=simulcast:send a send b",
                           "a=simulcast:both a"}) {
    Warnings warnings;
    const auto description = parse_session_description(kVideoStart + line + "\n", &warnings);
    ASSERT_TRUE(description.has_value()) << line << ": " << description.error();
    EXPECT_EQ(*description, parsed(kVideoStart)) << line;
    const std::vector<std::string> texts = warnings.take();
    ASSERT_EQ(texts.size(), 1U) << line;
    EXPECT_EQ(texts[0].substr(0, 10), "line 4: a=") << line;
    EXPECT_NE(texts[0].find("malformed value; left out"), std::string::npos) << texts[0];
  }
}

TEST(SdpParser, IgnoresMalformedLinesThatNobodyUsesWithoutAWord) {
  for (const char* line :
       {"x=1", "y=0105000001", "f=v/2/4///a///", "Z=z", "o=- x 1 IN IP4 0.0.0.0",
        "o=- 1 18446744073709551616 IN IP4 0.0.0.0", "o=- 1 1 IN IP5 0.0.0.0", "o=- 1 1 IN IP4",
        "b=AS:x", "b=AS", "b=", "b=AS:-1", "a=msid:", "a=candidate:", "a=sctp-port:65536",
        "a=max-message-size:x", "a=fmtp:96"}) {
    Warnings warnings;
    const auto description = parse_session_description(kVideoStart + line + "\n", &warnings);
    ASSERT_TRUE(description.has_value()) << line << ": " << description.error();
    EXPECT_EQ(description->media, parsed(kVideoStart).media) << line;
    EXPECT_TRUE(warnings.take().empty()) << line;
  }
}

TEST(SdpParser, APayloadTypeListedTwiceCountsOnce) {
  const MediaDescription media = media_of(
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 96 98 97\na=rtpmap:98 VP8/90000\na=fmtp:96 x=1\n");
  ASSERT_EQ(media.payloads.size(), 3U);
  EXPECT_EQ(media.payloads[0].payload_type, 96);
  EXPECT_EQ(media.payloads[0].fmtp, "x=1");
  EXPECT_EQ(media.payloads[1].payload_type, 97);
  EXPECT_EQ(media.payloads[2].payload_type, 98);
  EXPECT_EQ(media.payloads[2].rtpmap, (RtpMap{"VP8", 90'000, 1}));
}

TEST(SdpParser, RefusesMidsThatAppearTwiceAndLeavesSuchRidsOut) {
  const std::string media = "m=audio 9 RTP/AVP 0\na=mid:0\n";
  const std::string start = "v=0\no=- 1 1 IN IP4 0.0.0.0\n" + media;
  EXPECT_EQ(error_of(start + media), "line 6: a=mid: mid used twice");
  EXPECT_EQ(error_of(start + "a=mid:1\n"), "line 5: a=mid: another mid for one m-line");
  EXPECT_EQ(parsed(start + "a=mid:0\n"), parsed(start));
  Warnings warnings;
  const auto twice = parse_session_description(start + "a=rid:a send\na=rid:a recv\n", &warnings);
  ASSERT_TRUE(twice.has_value());
  EXPECT_EQ(twice->media.at(0).rids, (std::vector<Rid>{{"a", Direction::kSendOnly, ""}}));
  EXPECT_EQ(warnings.take(), (std::vector{"line 6: a=rid: stands there twice; left out"s}));
}

TEST(SdpParser, WarningsAreBounded) {
  std::string text = kVideoStart;
  for (std::size_t i = 0; i < kWarningsMax + 5; ++i) text += "a=rtpmap:x\n";
  Warnings warnings;
  ASSERT_TRUE(parse_session_description(text, &warnings).has_value());
  const std::vector<std::string> texts = warnings.take();
  ASSERT_EQ(texts.size(), kWarningsMax + 1);
  EXPECT_EQ(texts.back(), "and 5 more");
}

TEST(SdpParser, RefusesTextThatIsNotADescription) {
  EXPECT_EQ(error_of(""), "line 0: no o= line");
  EXPECT_EQ(error_of("v=1\n"), "line 1: v=: the first line is not v=0");
  EXPECT_EQ(error_of("o=- 1 1 IN IP4 0.0.0.0\nv=0\n"), "line 1: o=: the first line is not v=0");
  EXPECT_EQ(error_of("v=0\ns=-\n"), "line 2: no o= line");
  EXPECT_EQ(error_of("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=a\rb\n"),
            "line 3: s=: carriage return or NUL within a line");
  EXPECT_EQ(error_of("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=a\0b\n"s),
            "line 3: s=: carriage return or NUL within a line");
}

TEST(SdpParser, ErrorsRepeatNoValues) {
  const std::string start = "v=0\no=- 1 1 IN IP4 0.0.0.0\n";
  EXPECT_EQ(error_of(start + "a=fingerprint:sha-256 secret\n"),
            "line 3: a=fingerprint: malformed value");
  Warnings warnings;
  ASSERT_TRUE(
      parse_session_description(start + "m=a 9 RTP/AVP 0\na=ssrc:secret\n", &warnings).has_value());
  EXPECT_EQ(warnings.take(), std::vector{"line 4: a=ssrc: malformed value; left out"s});
  EXPECT_EQ(error_of(start + "secret\n"), "line 3: not a <type>=<value> line");
}

}  // namespace
}  // namespace penstock::sdp
