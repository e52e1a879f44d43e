#include "controlplane/sdp/trickle_fragment.h"

#include <gtest/gtest.h>

#include <string>

#include "controlplane/sdp/limits.h"

namespace penstock::sdp {
namespace {

constexpr std::string_view kCredentials =
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";

std::string with_credentials(std::string_view rest) {
  return std::string(kCredentials).append(rest);
}

TEST(TrickleFragment, ReadsTheExampleOfRfc9725) {
  const auto fragment = parse_trickle_fragment(
      "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n"
      "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=candidate:1387637174 1 udp 2122260223 192.0.2.1 "
      "61764 typ host generation 0 ufrag EsAw network-id 1\r\na=end-of-candidates\r\n");
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  EXPECT_EQ(fragment->ice_ufrag, "EsAw");
  EXPECT_EQ(fragment->ice_pwd, "P2uYro0UCOQ4zxjKXaWCBui1");
  ASSERT_EQ(fragment->media.size(), 1U);
  EXPECT_EQ(fragment->media[0].kind, "audio");
  EXPECT_EQ(fragment->media[0].mid, "0");
  ASSERT_EQ(fragment->media[0].candidates.size(), 1U);
  EXPECT_EQ(fragment->media[0].candidates[0].substr(0, 12), "1387637174 1");
  EXPECT_TRUE(fragment->media[0].end_of_candidates);
}

TEST(TrickleFragment, PlayersThatRepeatEachMidWithComponent0AreUnderstood) {
  const auto fragment = parse_trickle_fragment(
      with_credentials("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 0 udp 1 192.0.2.1 9 typ "
                       "host\r\nm=audio 9 RTP/AVP 0\r\na=mid:1\r\na=candidate:1 0 udp 1 192.0.2.1 "
                       "9 typ host\r\n"));
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  ASSERT_EQ(fragment->media.size(), 2U);
  EXPECT_EQ(fragment->media[0].mid, "0");
  EXPECT_EQ(fragment->media[1].mid, "1");
  EXPECT_EQ(fragment->media[1].candidates.size(), 1U);
}

TEST(TrickleFragment, AMidWithoutAMediaLineWillDo) {
  const auto fragment =
      parse_trickle_fragment("a=mid:video\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\n");
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  ASSERT_EQ(fragment->media.size(), 1U);
  EXPECT_EQ(fragment->media[0].mid, "video");
  EXPECT_EQ(fragment->media[0].kind, "");
  EXPECT_EQ(fragment->ice_ufrag, "");
}

TEST(TrickleFragment, AWholeDescriptionPasses) {
  const auto fragment = parse_trickle_fragment(
      with_credentials("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 "
                       "UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\n"));
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  EXPECT_EQ(fragment->media.size(), 1U);
}

TEST(TrickleFragment, CredentialsOfTheFirstLevelThatHasThemCount) {
  const auto fragment = parse_trickle_fragment(
      with_credentials("m=audio 9 X 0\r\na=mid:0\r\na=ice-ufrag:Othr\r\na=ice-pwd:"
                       "0123456789012345678901\r\n"));
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  EXPECT_EQ(fragment->ice_ufrag, "EsAw");
}

TEST(TrickleFragment, RefusesWhatIsNone) {
  const std::string_view bad[] = {
      "",
      "\r\n",
      "hello",
      "{\"candidate\":\"candidate:1\"}",
      "a=group:BUNDLE 0\r\n",                                      // says nothing
      "m=audio 9 X 0\r\na=mid:0\r\n",                              // likewise
      "a=ice-ufrag:EsAw\r\n",                                      // one of the two
      "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",                    // likewise
      "a=ice-ufrag:Es\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",  // too short
      "a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n",
      "a=ice-ufrag:E\"Aw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
      "a=candidate:\r\n",
      "m=\r\na=end-of-candidates\r\n",
  };
  for (const std::string_view text : bad) EXPECT_FALSE(parse_trickle_fragment(text)) << text;
  EXPECT_FALSE(parse_trickle_fragment(with_credentials(std::string_view("a=mid:\0x\r\n", 10))));
  EXPECT_FALSE(parse_trickle_fragment(with_credentials(std::string(kFragmentBytesMax, 'a'))));
  EXPECT_FALSE(parse_trickle_fragment(
      with_credentials("a=mid:" + std::string(kMidTextBytesMax + 1, 'm') + "\r\n")));
}

TEST(TrickleFragment, CandidatesBeyondTheLimitAreLeftOut) {
  std::string text(kCredentials);
  for (std::size_t i = 0; i < 2 * kCandidatesMax; ++i)
    text += "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
  const auto fragment = parse_trickle_fragment(text);
  ASSERT_TRUE(fragment.has_value()) << fragment.error();
  EXPECT_EQ(fragment->media[0].candidates.size(), kCandidatesMax);
}

TEST(TrickleFragment, IsWrittenAsItIsRead) {
  TrickleFragment fragment;
  fragment.ice_lite = true;
  fragment.ice_options = {"ice2", "trickle"};
  fragment.ice_ufrag = "EsAw";
  fragment.ice_pwd = "P2uYro0UCOQ4zxjKXaWCBui1";
  fragment.media = {{"audio", "0", {"1 1 udp 2130706431 198.18.0.2 40000 typ host"}, true}};
  const std::string text = write_trickle_fragment(fragment);
  EXPECT_EQ(text,
            "a=ice-lite\r\na=ice-options:ice2 trickle\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
            "a=mid:0\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
            "a=candidate:1 1 udp 2130706431 198.18.0.2 40000 typ host\r\na=end-of-candidates\r\n");
  EXPECT_EQ(parse_trickle_fragment(text), fragment);
}

}  // namespace
}  // namespace penstock::sdp
