// Offers of those who want to receive (WHEP), and how they are answered.
#include "controlplane/sdp/receiver_negotiation.h"

#include <gtest/gtest.h>

#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

OfferedStream sent(Codec codec, const std::string& fmtp, std::uint32_t ssrc) {
  OfferedStream stream;
  stream.kind = codec_kind(codec);
  stream.codec = codec;
  stream.fmtp = fmtp;
  stream.ssrc = ssrc;
  stream.cname = "penstock";
  stream.msid_stream_id = "77";
  stream.msid_track_id = std::to_string(ssrc);
  if (stream.kind == MediaKind::kVideo) {
    stream.rtx_payload_type = 1;
    stream.rtx_ssrc = ssrc + 1'000;
  }
  return stream;
}

std::vector<OfferedStream> opus_and_vp8() {
  return {sent(Codec::kOpus, "useinbandfec=1", 1), sent(Codec::kVp8, "", 2)};
}

std::string recvonly(std::string text) {
  return replaced(replaced(std::move(text), "a=sendrecv", "a=recvonly"), "a=sendonly",
                  "a=recvonly");
}

// Video first, with RTX behind each codec.
std::string player_offer() {
  return offer_text(
      {"m=video 9 UDP/TLS/RTP/SAVPF 100 101 102 103\na=mid:v\na=rtcp-mux\na=rtcp-rsize\n"
       "a=recvonly\na=rtpmap:100 VP8/90000\na=rtcp-fb:100 nack\na=rtcp-fb:100 nack pli\n"
       "a=rtcp-fb:100 transport-cc\na=rtpmap:101 rtx/90000\na=fmtp:101 apt=100\n"
       "a=rtpmap:102 H264/90000\na=fmtp:102 "
       "packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1\n"
       "a=rtpmap:103 rtx/90000\na=fmtp:103 apt=102\n"
       "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\n"
       "a=extmap:3 http://www.ietf.org/id/"
       "draft-holmer-rmcat-transport-wide-cc-extensions-01\n"
       "a=extmap:20 urn:3gpp:video-orientation\n",
       "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:a\na=rtcp-mux\na=recvonly\na=rtpmap:111 "
       "opus/48000/2\na=fmtp:111 minptime=10;useinbandfec=1\n"
       "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\n"},
      "a=group:BUNDLE v a\n");
}

ReceiverNegotiation answered(const std::string& offer, const std::vector<OfferedStream>& streams) {
  auto result = answer_receiver_offer(parsed(offer), streams, local_transport());
  EXPECT_TRUE(result.has_value()) << result.error().text;
  return *std::move(result);
}

TEST(ReceiverNegotiation, StreamsFindTheMLinesOfTheirKindWithTheNumbersOfTheOffer) {
  const auto result = answered(player_offer(), opus_and_vp8());
  ASSERT_EQ(result.lines.size(), 2U);
  EXPECT_TRUE(result.lines[0].is_shown && result.lines[1].is_shown);
  EXPECT_EQ(result.lines[0].mid, "a");
  EXPECT_EQ(result.lines[0].payload_type, 111);
  EXPECT_EQ(result.lines[1].mid, "v");
  EXPECT_EQ(result.lines[1].payload_type, 100);
  EXPECT_EQ(result.lines[1].rtx_payload_type, 101);
  EXPECT_TRUE(result.agreed.streams[1].has_rtx);
  EXPECT_TRUE(result.agreed.streams[1].has_transport_cc);
  EXPECT_EQ(result.agreed.streams[1].extensions.id(HeaderExtension::kMid), 9);
  EXPECT_EQ(result.agreed.streams[1].extensions.id(HeaderExtension::kVideoOrientation), 0)
      << "an id that needs the two-byte form";
  EXPECT_EQ(result.agreed.dtls_role, DtlsRole::kServer);

  const SessionDescription& answer = result.answer;
  ASSERT_EQ(answer.media.size(), 2U);
  EXPECT_EQ(answer.bundle_groups, (std::vector<std::vector<std::string>>{{"v", "a"}}));
  for (const MediaDescription& media : answer.media) {
    EXPECT_EQ(media.direction, Direction::kSendOnly);
    EXPECT_EQ(media.transport.setup, Setup::kPassive);
    EXPECT_TRUE(media.rtcp_mux);
    ASSERT_EQ(media.msids.size(), 1U);
    EXPECT_EQ(media.msids[0].stream_id, "77");
  }
  EXPECT_FALSE(answer.media[0].candidates.empty());
  EXPECT_EQ(answer.media[0].ssrc_groups.size(), 1U);
  EXPECT_EQ(answer.media[1].ssrcs.size(), 1U);
  EXPECT_EQ(parsed(write_session_description(answer)), answer);
}

TEST(ReceiverNegotiation, WhatBrowsersOfferIsShownInEveryCodec) {
  struct Sent {
    Codec codec;
    const char* fmtp;
  };
  constexpr Sent kSent[] = {
      {Codec::kVp8, ""},
      {Codec::kVp9, "profile-id=0"},
      {Codec::kH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
      {Codec::kH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034"}};
  for (const std::string& name : kCapturedOffers) {
    const std::string offer = recvonly(captured_text(name));
    const SessionDescription description = parsed(offer);
    for (const MediaDescription& media : description.media) {
      if (media.kind != "video" || media.port == 0) continue;
      for (const Sent& each : kSent) {
        const auto result = answer_receiver_offer(
            description, std::vector{sent(each.codec, each.fmtp, 1)}, local_transport());
        ASSERT_TRUE(result.has_value()) << name << ": " << result.error().text;
        if (!result->lines[0].is_shown) {
          // A page that asks for one codec alone.
          EXPECT_FALSE(result->agreed.warnings.empty()) << name;
          continue;
        }
        EXPECT_NE(result->lines[0].payload_type, 0);
        EXPECT_TRUE(is_receivable(each.codec, result->lines[0].fmtp, each.fmtp))
            << "what is shown now can be shown again: " << result->lines[0].fmtp;
      }
      break;
    }
  }
}

TEST(ReceiverNegotiation, MLinesThatShowNothingAreRejected) {
  auto streams = opus_and_vp8();
  streams.pop_back();
  const auto result = answered(player_offer(), streams);
  EXPECT_EQ(result.answer.media[0].port, 0);
  EXPECT_NE(result.answer.media[1].port, 0);
  EXPECT_EQ(result.answer.bundle_groups.front(), std::vector<std::string>{"a"});
  EXPECT_FALSE(result.answer.media[1].candidates.empty());
}

TEST(ReceiverNegotiation, WithoutACommonCodecNothingIsShownAndAWarningSaysWhy) {
  const auto result = answered(player_offer(), {sent(Codec::kVp9, "profile-id=0", 1)});
  EXPECT_FALSE(result.lines[0].is_shown);
  EXPECT_TRUE(result.agreed.remote.ice_ufrag.empty());
  ASSERT_FALSE(result.agreed.warnings.empty());
  EXPECT_NE(result.agreed.warnings[0].find("room takes VP9"), std::string::npos)
      << result.agreed.warnings[0];
}

TEST(ReceiverNegotiation, MLinesThatCannotShareTheTransportAreRejected) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"m=audio 9", "m=audio 0"},
           {"BUNDLE v a", "BUNDLE v"},
           {"a=mid:a\na=rtcp-mux\na=recvonly", "a=mid:a\na=rtcp-mux\na=sendonly"},
           {"m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"}}) {
    const auto result = answered(replaced(player_offer(), from, to), opus_and_vp8());
    EXPECT_EQ(result.answer.media[1].port, 0) << to;
    EXPECT_FALSE(result.lines[0].is_shown) << to;
    EXPECT_TRUE(result.lines[1].is_shown) << to;
  }
}

TEST(ReceiverNegotiation, ThePeerMayBeTheDtlsServer) {
  const auto result = answered(replaced(player_offer(), "actpass", "passive"), opus_and_vp8());
  EXPECT_EQ(result.agreed.dtls_role, DtlsRole::kClient);
  EXPECT_EQ(result.answer.media[0].transport.setup, Setup::kActive);
  const auto refused = answer_receiver_offer(
      parsed(replaced(player_offer(), "actpass", "holdconn")), opus_and_vp8(), local_transport());
  EXPECT_FALSE(refused.has_value());
}

}  // namespace
}  // namespace penstock::sdp
