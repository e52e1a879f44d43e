// A publisher that offers again: what stays, what may change, what is an error.
#include <gtest/gtest.h>

#include "controlplane/sdp/publisher_negotiation.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

std::expected<PublisherNegotiation, NegotiationError> renegotiated(
    const std::string& offer, const PublisherNegotiation& previous,
    PublisherPolicy policy = all_codecs()) {
  policy.previous = previous;
  return answer_publisher_offer(parsed(offer), policy, local_transport(2));
}

PublisherNegotiation first_answer(const std::string& offer) {
  return *answer_publisher_offer(parsed(offer), all_codecs(), local_transport(1));
}

const std::string kTwoCodecs =
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:v\na=rtcp-mux\n"
    "a=rtpmap:96 VP8/90000\na=rtpmap:97 VP9/90000\n";
const std::string kGroup = "a=group:BUNDLE v a\n";

TEST(SdpRenegotiation, AStreamKeepsItsCodec) {
  const PublisherNegotiation first =
      first_answer(offer_text({replaced(kTwoCodecs, "96 97", "97")}, kGroup));
  ASSERT_EQ(first.streams[0].codec, Codec::kVp9);
  const std::string again = offer_text({kTwoCodecs, audio_lines("a")}, kGroup);
  EXPECT_EQ(renegotiated(again, first)->streams[0].codec, Codec::kVp9);
  EXPECT_EQ(first_answer(again).streams[0].codec, Codec::kVp8);

  PublisherPolicy forced = all_codecs();
  forced.forced_video_codec = Codec::kVp8;
  EXPECT_EQ(renegotiated(again, first, forced)->streams[0].codec, Codec::kVp8);
  PublisherPolicy without_vp9;
  EXPECT_EQ(renegotiated(again, first, without_vp9)->streams[0].codec, Codec::kVp8);
}

TEST(SdpRenegotiation, StreamsCanBeAddedAndStopped) {
  const PublisherNegotiation first = first_answer(offer_text({kTwoCodecs}, kGroup));
  const auto second =
      renegotiated(offer_text({kTwoCodecs + "a=inactive\n", audio_lines("a")}, kGroup), first);
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->streams[0].active);
  EXPECT_TRUE(second->streams[1].active);
  EXPECT_EQ(second->answer.origin.session_version, 2U);
  EXPECT_EQ(second->answer.origin.session_id, first.answer.origin.session_id);
}

TEST(SdpRenegotiation, MLinesMayNotDisappearOrChange) {
  const PublisherNegotiation first =
      first_answer(offer_text({kTwoCodecs, audio_lines("a")}, kGroup));
  for (const std::string& offer :
       {offer_text({kTwoCodecs}, kGroup), offer_text({audio_lines("a"), kTwoCodecs}, kGroup),
        offer_text({replaced(kTwoCodecs, "a=mid:v", "a=mid:w"), audio_lines("a")}, kGroup)}) {
    const auto second = renegotiated(offer, first);
    ASSERT_FALSE(second.has_value()) << offer;
    EXPECT_EQ(second.error().kind, NegotiationErrorKind::kMediaMismatch);
  }
}

TEST(SdpRenegotiation, ARejectedMLineCanBeReused) {
  const PublisherNegotiation first = first_answer(
      offer_text({replaced(kTwoCodecs, "video 9", "video 0"), audio_lines("a")}, kGroup));
  const auto second = renegotiated(
      offer_text({audio_lines("new"), audio_lines("a")}, "a=group:BUNDLE new a\n"), first);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->streams[0].active);
}

TEST(SdpRenegotiation, DtlsRoleStaysWhileTheCertificateDoes) {
  const std::string offer = offer_text({audio_lines("a")});
  const PublisherNegotiation first = first_answer(replaced(offer, "actpass", "passive"));
  ASSERT_EQ(first.dtls_role, DtlsRole::kClient);
  EXPECT_EQ(renegotiated(offer, first)->dtls_role, DtlsRole::kClient);
  EXPECT_EQ(renegotiated(replaced(offer, "AA:BB", "BB:AA"), first)->dtls_role, DtlsRole::kServer);
}

TEST(SdpRenegotiation, TheOrderOfFingerprintsMeansNothing) {
  const std::string one = "a=fingerprint:sha-256 AA:BB:CC:DD\n";
  const std::string two = "a=fingerprint:sha-512 EE:FF\n";
  const std::string offer = offer_text({audio_lines("a")});
  const PublisherNegotiation first =
      first_answer(replaced(replaced(offer, "actpass", "passive"), one, one + two));
  EXPECT_EQ(renegotiated(replaced(offer, one, two + one), first)->dtls_role, DtlsRole::kClient);
  EXPECT_EQ(renegotiated(offer, first)->dtls_role, DtlsRole::kServer) << "another set";
}

TEST(SdpRenegotiation, IceRestartIsAChangeOfCredentials) {
  const std::string offer = offer_text({audio_lines("a")});
  const RemoteTransport before = first_answer(offer).remote;
  EXPECT_FALSE(is_ice_restart(parsed(offer), before));
  EXPECT_TRUE(is_ice_restart(parsed(replaced(offer, "ice-ufrag:peer", "ice-ufrag:newu")), before));
  EXPECT_TRUE(is_ice_restart(parsed(replaced(offer, "ice-pwd:peer", "ice-pwd:newp")), before));
  EXPECT_FALSE(is_ice_restart(parsed(offer_text({})), before));
  const std::string other =
      "m=application 9 X y\na=ice-ufrag:else\na=ice-pwd:" + std::string(22, 'x') + "\n";
  EXPECT_FALSE(is_ice_restart(parsed(offer_text({other, audio_lines("a")})), before))
      << "an m-line of its own that we never accepted";
}

}  // namespace
}  // namespace penstock::sdp
