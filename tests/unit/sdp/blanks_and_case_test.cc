// Values are parsed, not compared: what senders write around a value, and in which case they write
// it, changes nothing.
#include <gtest/gtest.h>

#include <functional>

#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/tokens.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

using Change = std::function<std::string(std::string_view line)>;

std::string changed(std::string_view text, const Change& change) {
  std::string result;
  while (!text.empty()) result += change(trimmed(take_until(text, '\n'))) + "\n";
  return result;
}

// "a=name" and what follows it, the colon too.
std::pair<std::string_view, std::string_view> split(std::string_view line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  return {line.substr(0, colon), line.substr(colon)};
}

// Whether nobody reads the value: it is kept as it was sent.
bool is_kept_as_text(std::string_view line) {
  for (const char* start : {"a=candidate:", "a=ssrc:", "a=msid-semantic:", "s="}) {
    if (line.starts_with(start)) return true;
  }
  return false;
}

struct Variant {
  const char* what;
  Change change;
};

const Variant kVariants[] = {
    {"a blank at the end", [](std::string_view line) { return std::string(line) + " "; }},
    {"a tab at the end", [](std::string_view line) { return std::string(line) + "\t"; }},
    {"CR CR LF", [](std::string_view line) { return std::string(line) + "\r\r"; }},
    {"indented", [](std::string_view line) { return "    " + std::string(line); }},
    {"blanks around the colon",
     [](std::string_view line) {
       if (!line.starts_with("a=")) return std::string(line);
       const auto [name, rest] = split(line);
       if (rest.empty()) return std::string(name) + " ";
       return std::string(name) + " : " + std::string(rest.substr(1));
     }},
    {"tabs between words",
     [](std::string_view line) {
       return is_kept_as_text(line) ? std::string(line) : replaced(std::string(line), " ", "\t");
     }},
    {"two blanks between words",
     [](std::string_view line) {
       return is_kept_as_text(line) ? std::string(line) : replaced(std::string(line), " ", "  ");
     }},
    {"names in capitals",
     [](std::string_view line) {
       if (!line.starts_with("a=")) return std::string(line);
       const auto [name, rest] = split(line);
       return "a=" + upper_case(name.substr(2)) + std::string(rest);
     }},
    {"words of the RFCs in the other case", [](std::string_view line) {
       std::string text(line);
       for (const char* word : {"actpass", "passive", " send ", " recv ", "nack", "pli", "ccm",
                                "fir", "transport-cc", "goog-remb", "/sendonly ", "/recvonly "}) {
         text = replaced(text, word, upper_case(word));
       }
       for (const char* word : {"BUNDLE", "FID ", "UDP/TLS/RTP/SAVPF", "IN IP4"}) {
         text = replaced(text, word, lower_case(word));
       }
       return replaced(text, "m=audio", "m=Audio");
     }}};

TEST(SdpBlanksAndCase, ChangeNothingInWhatBrowsersSend) {
  std::vector<std::string> names = kCapturedOffers;
  names.insert(names.end(), {"chromium_156_subscriber_answer", "firefox_153_subscriber_answer"});
  for (const std::string& name : names) {
    const std::string text = captured_text(name);
    const std::string plain = write_session_description(parsed(text));
    for (const Variant& variant : kVariants) {
      const std::string other = changed(text, variant.change);
      ASSERT_NE(other, replaced(text, "\r", "")) << variant.what;
      EXPECT_EQ(write_session_description(parsed(other)), plain) << name << ", " << variant.what;
    }
  }
}

PublisherNegotiation answer_to(const std::string& offer) {
  auto result = answer_publisher_offer(parsed(offer), all_codecs(), local_transport());
  EXPECT_TRUE(result.has_value()) << offer;
  return result.value_or(PublisherNegotiation{});
}

// Pion's rtcp-fb lines end in a blank when there is no parameter.
TEST(SdpBlanksAndCase, FeedbackWithABlankAtItsEndIsTaken) {
  for (const char* nack : {"a=rtcp-fb:96 nack \n", "a=rtcp-fb:96\tnack\t\n", "a=rtcp-fb:* nack \n",
                           "a=rtcp-fb:*  NACK\n", "a=rtcp-fb: 96 nack\n"}) {
    const std::string others =
        "a=rtcp-fb:96 nack  pli \na=rtcp-fb:96 transport-cc \na=extmap:3 "
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01 \n";
    const PublisherNegotiation result = answer_to(offer_text({video_lines("0", nack + others)}));
    EXPECT_TRUE(result.streams.at(0).nack) << nack;
    EXPECT_EQ(result.answer.media[0].payloads[0].rtcp_fbs,
              (std::vector<std::string>{"nack", "nack pli", "transport-cc"}))
        << nack;
  }
}

TEST(SdpBlanksAndCase, RtxIsFoundWhateverElseItsParametersSay) {
  for (const char* fmtp :
       {"apt=96;rtx-time=3000", "rtx-time=3000; apt=96", " apt = 96 ; x", "APT=96", "apt=096"}) {
    const std::string offer =
        replaced(offer_text({video_lines("0", "a=rtcp-fb:96 nack\n")}), "apt=96", fmtp);
    const PublisherNegotiation result = answer_to(offer);
    EXPECT_EQ(result.streams.at(0).rtx_payload_type, 97) << fmtp;
    EXPECT_EQ(result.answer.media[0].payloads.at(1).fmtp, "apt=96") << fmtp;
  }
}

TEST(SdpBlanksAndCase, TransportValuesAreReadWithoutTheirBlanks) {
  const std::string offer =
      changed(offer_text({video_lines("1")}, "a=group:BUNDLE 1\n"),
              [](std::string_view line) { return std::string(line) + " \t "; });
  const PublisherNegotiation result = answer_to(offer);
  EXPECT_EQ(result.remote.ice_ufrag, "peer");
  EXPECT_EQ(result.remote.ice_pwd, "peerpasswordpeerpassword");
  EXPECT_EQ(result.streams.at(0).mid, "1");
  EXPECT_TRUE(result.streams[0].active);
  EXPECT_EQ(result.answer.bundle_groups, (std::vector<std::vector<std::string>>{{"1"}}));
}

TEST(SdpBlanksAndCase, SsrcsCountWhateverIsSaidOfThem) {
  const PublisherNegotiation result =
      answer_to(offer_text({video_lines("0",
                                        "a=ssrc:1\na=ssrc:2 label:x\na=ssrc:3  cname:y\n"
                                        "a=ssrc-group:fid 1  2 \n")}));
  EXPECT_EQ(result.streams.at(0).ssrcs, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(result.streams[0].repaired_ssrcs,
            (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 2}}));
}

TEST(SdpBlanksAndCase, SimulcastLinesOfDraftsAndWithBlanks) {
  for (const char* simulcast : {"a=simulcast:send h;l\n", "a=simulcast: send rid=h;l\n",
                                "a=simulcast:SEND h ; l\n", "a=simulcast:send h; l recv x\n"}) {
    const PublisherNegotiation result = answer_to(offer_text({video_lines(
        "0", std::string("a=rid:h Send pt=96; max-width=1280\na=rid:l  send \n") + simulcast)}));
    EXPECT_EQ(result.streams.at(0).rids, (std::vector<std::string>{"h", "l"})) << simulcast;
  }
}

}  // namespace
}  // namespace penstock::sdp
