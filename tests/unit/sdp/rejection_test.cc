// What a publisher may not have: m-lines that are answered with port 0, and offers that are errors.
#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

std::expected<PublisherNegotiation, NegotiationError> answer(const std::string& offer) {
  return answer_publisher_offer(parsed(offer), all_codecs(), local_transport());
}

// Whether each m-line of the offer is accepted.
std::vector<bool> accepted(const std::string& offer) {
  const auto result = answer(offer);
  EXPECT_TRUE(result.has_value()) << result.error().text;
  std::vector<bool> ports;
  if (result) {
    for (const MediaDescription& media : result->answer.media) ports.push_back(media.port != 0);
  }
  return ports;
}

TEST(SdpRejection, EveryProfileButDtlsSrtpWithFeedback) {
  const std::string offer = offer_text({video_lines("0")});
  EXPECT_EQ(accepted(offer), std::vector{true});
  EXPECT_EQ(accepted(replaced(offer, "UDP/TLS", "TCP/DTLS")), std::vector{true});
  EXPECT_EQ(accepted(replaced(offer, "UDP/TLS/RTP/SAVPF", "udp/tls/rtp/savpf")), std::vector{true});
  for (const char* profile : {"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP",
                              "TCP/RTP/AVP", "UDP/TLS/RTP/SAVPFx"}) {
    const std::string downgraded = replaced(offer, "UDP/TLS/RTP/SAVPF", profile);
    EXPECT_EQ(accepted(downgraded), std::vector{false}) << profile;
    const auto result = answer(downgraded);
    EXPECT_FALSE(result->streams.at(0).active);
    EXPECT_EQ(result->remote, RemoteTransport{});
    EXPECT_EQ(result->answer.media[0].direction, Direction::kInactive);
    EXPECT_TRUE(result->answer.bundle_groups.empty());
  }
}

TEST(SdpRejection, KeysInTheOfferAreNeverAnswered) {
  const std::string sdes = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\n";
  const auto result = answer(offer_text({video_lines("0", sdes)}));
  EXPECT_EQ(write_session_description(result->answer).find("crypto"), std::string::npos);
  EXPECT_FALSE(result->remote.fingerprints.empty());
  EXPECT_EQ(accepted(replaced(offer_text({video_lines("0", sdes)}), "UDP/TLS/RTP", "RTP")),
            std::vector{false});
}

TEST(SdpRejection, AFirstMLineThatIsRejectedDoesNotHurtTheOthers) {
  const auto result = answer(offer_text(
      {"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:d\na=rtcp-mux\n", audio_lines("a")},
      "a=group:BUNDLE d a\n"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->answer.bundle_groups.at(0), std::vector<std::string>{"a"});
  EXPECT_EQ(result->answer.media[1].candidates.size(), 1U);
  EXPECT_EQ(result->remote.ice_ufrag, "peer");
}

TEST(SdpRejection, UnknownKindsAndCodecs) {
  EXPECT_EQ(accepted(offer_text({"m=text 9 UDP/TLS/RTP/SAVPF 98\na=mid:0\na=rtcp-mux\n"})),
            std::vector{false});
  EXPECT_EQ(accepted(offer_text({replaced(video_lines("0"), "VP8", "H265")})), std::vector{false});
  EXPECT_EQ(accepted(offer_text({replaced(audio_lines("0"), "opus", "red")})), std::vector{false});
}

TEST(SdpRejection, MediaWithoutRtcpMuxUnlessItsGroupHasIt) {
  const std::string without = replaced(audio_lines("0"), "a=rtcp-mux\n", "");
  EXPECT_EQ(accepted(offer_text({without})), std::vector{false});
  const std::string second = replaced(video_lines("1"), "a=rtcp-mux\n", "");
  EXPECT_EQ(accepted(offer_text({audio_lines("0"), second}, "a=group:BUNDLE 0 1\n")),
            (std::vector{true, true}));
}

TEST(SdpRejection, MediaOutsideTheBundleGroup) {
  const std::vector<std::string> media = {audio_lines("0"), video_lines("1"), video_lines("2")};
  EXPECT_EQ(accepted(offer_text(media, "a=group:BUNDLE 0 1 2\n")), (std::vector{true, true, true}));
  EXPECT_EQ(accepted(offer_text(media, "a=group:BUNDLE 1 2\n")), (std::vector{false, true, true}));
  EXPECT_EQ(accepted(offer_text(media, "a=group:BUNDLE\n")), (std::vector{false, false, false}));
  EXPECT_EQ(accepted(offer_text(media)), (std::vector{true, false, false}));
  EXPECT_EQ(accepted(offer_text(media, "a=group:BUNDLE 0\na=group:BUNDLE 1 2\n")),
            (std::vector{true, false, false}));
}

TEST(SdpRejection, MediaWithPortZeroUnlessBundleOnly) {
  const std::string zero = replaced(video_lines("1"), "video 9", "video 0");
  const std::string group = "a=group:BUNDLE 0 1\n";
  EXPECT_EQ(accepted(offer_text({audio_lines("0"), zero}, group)), (std::vector{true, false}));
  EXPECT_EQ(accepted(offer_text({audio_lines("0"), zero + "a=bundle-only\n"}, group)),
            (std::vector{true, true}));
  EXPECT_EQ(accepted(offer_text({audio_lines("0"), zero + "a=bundle-only\n"})),
            (std::vector{true, false}));
}

TEST(SdpRejection, MoreStreamsThanATransportHas) {
  std::vector<std::string> media;
  std::string group = "a=group:BUNDLE";
  for (int i = 0; i < 40; ++i) {
    media.push_back(audio_lines(std::to_string(i)));
    group += " " + std::to_string(i);
  }
  const std::vector<bool> taken = accepted(offer_text(media, group + "\n"));
  EXPECT_EQ(std::ranges::count(taken, true), 32);
  EXPECT_TRUE(taken[31]);
}

NegotiationErrorKind error_of_offer(const std::string& offer) {
  const auto result = answer(offer);
  EXPECT_FALSE(result.has_value()) << offer;
  if (result) return {};
  EXPECT_FALSE(result.error().text.empty());
  return result.error().kind;
}

TEST(SdpRejection, OffersWithoutFingerprintAreErrors) {
  const std::string offer = offer_text({audio_lines("0")});
  const std::string without = replaced(offer, "a=fingerprint:sha-256 AA:BB:CC:DD\n", "");
  EXPECT_EQ(error_of_offer(without), NegotiationErrorKind::kMissingFingerprint);
  EXPECT_EQ(error_of_offer(replaced(without, "UDP/TLS/RTP/SAVPF", "RTP/AVP")),
            NegotiationErrorKind::kMissingFingerprint);
  // One m-line has it, but not the one that we accept.
  EXPECT_EQ(error_of_offer(without + "m=application 9 X y\na=fingerprint:sha-256 AA\n"),
            NegotiationErrorKind::kMissingFingerprint);
  EXPECT_EQ(accepted(without + "a=fingerprint:sha-256 AA\n"), std::vector{true});
}

TEST(SdpRejection, OffersWithoutGoodIceCredentialsAreErrors) {
  const std::string offer = offer_text({audio_lines("0")});
  for (const char* ufrag :
       {"", "a=ice-ufrag:abc\n", "a=ice-ufrag:ab cd\n", "a=ice-ufrag:ab:cd\n"}) {
    EXPECT_EQ(error_of_offer(replaced(offer, "a=ice-ufrag:peer\n", ufrag)),
              NegotiationErrorKind::kBadIceCredentials)
        << ufrag;
  }
  const std::string pwd = "a=ice-pwd:peerpasswordpeerpassword\n";
  for (const std::string& bad : {std::string(), std::string("a=ice-pwd:21_bytes_are_not_good\n"),
                                 std::string("a=ice-pwd:peerpasswordpeerpassw\n"),
                                 "a=ice-pwd:" + std::string(257, 'x') + "\n"}) {
    EXPECT_EQ(error_of_offer(replaced(offer, pwd, bad)), NegotiationErrorKind::kBadIceCredentials)
        << bad;
  }
  EXPECT_EQ(accepted(replaced(offer, pwd, "a=ice-pwd:" + std::string(256, '+') + "\n")),
            std::vector{true});
}

TEST(SdpRejection, HoldconnIsAnError) {
  EXPECT_EQ(error_of_offer(replaced(offer_text({audio_lines("0")}), "actpass", "holdconn")),
            NegotiationErrorKind::kBadSetup);
}

}  // namespace
}  // namespace penstock::sdp
