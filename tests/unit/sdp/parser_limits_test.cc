// The limits of descriptions, and that the time for each repeatable line is linear in their number.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <functional>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/publisher_negotiation.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

const std::string kStart = "v=0\no=- 1 1 IN IP4 0.0.0.0\n";
const std::string kVideo = "m=video 9 UDP/TLS/RTP/SAVPF 96\n";

std::string numbered(std::size_t count, const std::function<std::string(std::string)>& line) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line(std::to_string(i));
  return text;
}

// Processor time of this thread, so that a busy machine does not disturb.
double cpu_time_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

bool parses(std::string_view text) { return parse_session_description(text).has_value(); }

TEST(SdpLimits, SizeOfTheText) {
  const std::string start = kStart + "s=";
  EXPECT_TRUE(parses(start + std::string(kDescriptionBytesMax - start.size(), 'x')));
  EXPECT_FALSE(parses(start + std::string(kDescriptionBytesMax - start.size() + 1, 'x')));
}

TEST(SdpLimits, Lines) {
  const auto unknown = [](const std::string&) { return std::string("a=x\n"); };
  EXPECT_TRUE(parses(kStart + numbered(kDescriptionLinesMax - 2, unknown)));
  const auto error =
      parse_session_description(kStart + numbered(kDescriptionLinesMax - 1, unknown));
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error(), "line 65537: too many lines");
}

// So many copies of an m-line of a captured description, in one BUNDLE group.
std::string many_lines(const std::string& name, std::size_t count) {
  const std::string text = captured_text(name);
  const std::size_t begin = text.find("m=video");
  const std::string line = text.substr(begin, text.find("\r\nm=", begin) + 2 - begin);
  const std::size_t mid = line.find("a=mid:") + 6;
  std::string lines;
  std::string group = "a=group:BUNDLE";
  for (std::size_t i = 0; i < count; ++i) {
    group += " " + std::to_string(i);
    lines += line.substr(0, mid) + std::to_string(i) + line.substr(line.find('\r', mid));
  }
  return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AA:BB\r\n" + group + "\r\n" +
         lines;
}

TEST(SdpLimits, TheLargestThatConfigurationAllowsFits) {
  for (const char* name : {"chromium_156_two_videos", "firefox_153_simulcast"}) {
    PublisherPolicy policy = all_codecs();
    policy.streams_max = kStreamsPerTransportMax;
    const auto answer = answer_publisher_offer(parsed(many_lines(name, kStreamsPerTransportMax)),
                                               policy, local_transport());
    ASSERT_TRUE(answer.has_value()) << answer.error().text;
    EXPECT_EQ(answer->warnings, std::vector<std::string>{}) << name;
    EXPECT_TRUE(answer->streams.back().active) << name;
  }
  EXPECT_EQ(parsed(many_lines("chromium_156_subscriber_answer", kSubscriptionsPerTransportMax))
                .media.size(),
            kSubscriptionsPerTransportMax);
}

struct Count {
  const char* what;
  std::size_t limit;
  std::string start;
  std::function<std::string(std::string)> line;
  bool is_used = true;
};

TEST(SdpLimits, WhatHasTooManyOfTheseIsRefused) {
  const Count counts[] = {
      {"m-lines", kMediaDescriptionsMax, kStart,
       [](const std::string& i) { return "m=audio 9 RTP/AVP 0\na=mid:" + i + "\n"; }},
      {"fingerprints", kFingerprintsMax, kStart,
       [](const std::string&) { return std::string("a=fingerprint:sha-256 AA:BB\n"); }},
      {"formats", kFormatsMax, kStart + "m=application 9 X",
       [](const std::string& i) { return " " + i; }},
      {"bundled mids", kMediaDescriptionsMax, kStart + "a=group:BUNDLE",
       [](const std::string& i) { return " " + i; }},
      {"bytes of a mid", kMidTextBytesMax,
       kStart + kVideo + "a=mid:", [](const std::string&) { return std::string("x"); }},
  };
  for (const Count& test : counts) {
    EXPECT_TRUE(parses(test.start + numbered(test.limit, test.line))) << test.what;
    EXPECT_FALSE(parses(test.start + numbered(test.limit + 1, test.line))) << test.what;
  }
}

TEST(SdpLimits, MoreOfTheseAreLeftOutWithAWarningIfNegotiationUsesThem) {
  const Count counts[] = {
      {"SSRCs", kSsrcsMax, kStart + kVideo,
       [](const std::string& i) { return "a=ssrc:" + i + " cname:x\n"; }},
      {"SSRC groups", kSsrcsMax, kStart + kVideo,
       [](const std::string& i) { return "a=ssrc-group:FID " + i + "\n"; }},
      {"extmaps", kExtmapsMax, kStart + kVideo,
       [](const std::string& i) { return "a=extmap:1 urn:" + i + "\n"; }},
      {"rids", kRidsMax, kStart + kVideo,
       [](const std::string& i) { return "a=rid:r" + i + " send\n"; }},
      {"candidates", kCandidatesMax, kStart + kVideo,
       [](const std::string& i) { return "a=candidate:" + i + " 1 udp 1 1.2.3.4 5 typ host\n"; },
       false},
  };
  for (const Count& test : counts) {
    const SessionDescription all = parsed(test.start + numbered(test.limit, test.line));
    for (const std::size_t more : {std::size_t{1}, std::size_t{100}}) {
      Warnings warnings;
      const auto description =
          parse_session_description(test.start + numbered(test.limit + more, test.line), &warnings);
      ASSERT_TRUE(description.has_value()) << test.what << ": " << description.error();
      EXPECT_EQ(*description, all) << test.what;
      EXPECT_EQ(warnings.take().empty(), !test.is_used) << test.what;
    }
  }
}

TEST(SdpLimits, AnAttributeThatIsTooLongIsLeftOutWhole) {
  const auto with = [](std::size_t count, const std::string& start, const std::string& item) {
    return parsed(kStart + kVideo + start +
                  numbered(count, [&](const std::string& i) { return i == "0" ? "" : item + i; }))
        .media.at(0);
  };
  EXPECT_EQ(with(kRidsMax, "a=simulcast:send a", ";r").simulcast->send.size(), kRidsMax);
  EXPECT_FALSE(with(kRidsMax + 1, "a=simulcast:send a", ";r").simulcast.has_value());
  EXPECT_EQ(with(kSsrcsMax, "a=ssrc-group:SIM 1", " ").ssrc_groups.at(0).ssrcs.size(), kSsrcsMax);
  EXPECT_TRUE(with(kSsrcsMax + 1, "a=ssrc-group:SIM 1", " ").ssrc_groups.empty());
}

double best_parse_ns(const std::string& text, bool is_allowed) {
  double best = 1e18;
  for (int run = 0; run < 5; ++run) {
    const double start_ns = cpu_time_ns();
    EXPECT_EQ(parses(text), is_allowed);
    best = std::min(best, cpu_time_ns() - start_ns);
  }
  return best;
}

// Whatever is beyond a limit is not looked at: a description ten times as long as the longest that
// is allowed takes no more time than that.
TEST(SdpLimits, HugeDescriptionsAreRefusedQuickly) {
  const auto video = [](const std::string&) { return kVideo; };
  const auto unknown = [](const std::string&) { return std::string("a=x\n"); };
  const auto expect_quick = [](const std::string& longest, const std::string& huge) {
    EXPECT_LT(best_parse_ns(huge, false), 2 * best_parse_ns(longest, true));
  };
  expect_quick(kStart + numbered(kMediaDescriptionsMax, video),
               kStart + numbered(10 * kMediaDescriptionsMax, video));
  expect_quick(kStart + numbered(kDescriptionLinesMax - 2, unknown),
               kStart + numbered(10 * kDescriptionLinesMax, unknown));
}

// The shortest of several runs over the text, in nanoseconds; parsing and answering.
double best_time_ns(const std::string& text) {
  double best = 1e18;
  for (int run = 0; run < 9; ++run) {
    const double start_ns = cpu_time_ns();
    constexpr int kRepetitions = 4;
    for (int i = 0; i < kRepetitions; ++i) {
      const auto offer = parse_session_description(text);
      EXPECT_TRUE(offer.has_value()) << offer.error();
      if (!offer) return 0;
      (void)answer_publisher_offer(*offer, all_codecs(), local_transport());
    }
    best = std::min(best, (cpu_time_ns() - start_ns) / kRepetitions);
  }
  return best;
}

TEST(SdpLimits, TimeIsLinearInEachRepeatableLine) {
  struct Case {
    const char* what;
    std::size_t n;  // 2 n are allowed
    std::string start;
    std::function<std::string(std::string)> line;
  };
  const std::string video = offer_text({video_lines("v")});
  const auto audio = [](const std::string& i) { return audio_lines(i); };
  const Case cases[] = {
      {"unknown", 1'000, video, [](const std::string& i) { return "a=x" + i + "\n"; }},
      {"m-lines", 32, offer_text({}, "a=group:BUNDLE 0 1 2\n"), audio},
      {"m-lines without BUNDLE", 32, offer_text({}), audio},
      {"rtpmap", 1'000, video, [](const std::string&) { return "a=rtpmap:96 VP8/90000\n"; }},
      {"rtpmap elsewhere", 1'000, video, [](const std::string&) { return "a=rtpmap:1 a/1\n"; }},
      {"fmtp", 1'000, video, [](const std::string& i) { return "a=fmtp:96 x=" + i + "\n"; }},
      {"rtcp-fb", 1'000, video, [](const std::string& i) { return "a=rtcp-fb:96 " + i + "\n"; }},
      {"rtcp-fb of all", 1'000, video,
       [](const std::string& i) { return "a=rtcp-fb:* " + i + "\n"; }},
      {"msid", 1'000, video, [](const std::string& i) { return "a=msid:s " + i + "\n"; }},
      {"ssrc", 32, video, [](const std::string& i) { return "a=ssrc:" + i + " cname:x\n"; }},
      {"same ssrc", 1'000, video,
       [](const std::string& i) { return "a=ssrc:1 cname:" + i + "\n"; }},
      {"ssrc-group", 32, video,
       [](const std::string& i) { return "a=ssrc-group:FID 1 " + i + "\n"; }},
      {"extmap", 32, video, [](const std::string& i) { return "a=extmap:1 urn:" + i + "\n"; }},
      {"candidate", 1'000, video, [](const std::string& i) { return "a=candidate:" + i + "\n"; }},
      {"ice-options", 1'000, video,
       [](const std::string& i) { return "a=ice-options:" + i + "\n"; }},
      {"bandwidth", 1'000, video, [](const std::string& i) { return "b=AS:" + i + "\n"; }},
      {"malformed", 1'000, video, [](const std::string& i) { return "a=rtpmap:x" + i + "\n"; }},
      {"payload types listed twice", 64, kStart + "a=fingerprint:sha-256 AA\nm=x 9 RTP/AVP 96",
       [](const std::string&) { return std::string(" 96"); }},
      {"simulcast streams in words", 4'000, video + "a=simulcast:send a",
       [](const std::string& i) { return " " + i; }},
      {"group", 1'000, kStart + "a=fingerprint:sha-256 AA\n",
       [](const std::string& i) { return "a=group:BUNDLE " + i + "\n"; }},
      {"fmtp parameters", 4'000, video + "a=fmtp:96 x",
       [](const std::string& i) { return ";" + i; }},
      {"fmtp parameters of H264", 4'000,
       offer_text({"m=video 9 UDP/TLS/RTP/SAVPF 96\na=rtcp-mux\na=rtpmap:96 H264/90000\n"}) +
           "a=fmtp:96 packetization-mode=1",
       [](const std::string& i) { return ";" + i; }},
      {"formats", 128, kStart + "a=fingerprint:sha-256 AA\nm=x 9 y",
       [](const std::string& i) { return " " + i; }},
  };
  for (const Case& test : cases) {
    // Four times as much: where less of it lies in the nearest cache it takes six times as long, as
    // was seen, and sixteen times if each line looked at all others.
    const std::string few = test.start + numbered(test.n / 2, test.line) + "\n";
    const std::string many = test.start + numbered(2 * test.n, test.line) + "\n";
    double ratio = 1e9;  // the machine may be busy: the best of some attempts counts
    for (int attempt = 0; attempt < 5 && ratio > 8; ++attempt) {
      ratio = std::min(ratio, best_time_ns(many) / best_time_ns(few));
    }
    EXPECT_LE(ratio, 8) << test.what;
  }
}

// A few milliseconds in all.
TEST(SdpLimits, TheWorstTakesNotMuchLongerForItsLengthThanTheUsual) {
  std::string text = offer_text({}, "a=group:BUNDLE 0\n");
  for (int i = 0; text.size() < kDescriptionBytesMax - 1'100 && i < 64; ++i) {
    text += "m=video 9 UDP/TLS/RTP/SAVPF";
    for (int pt = 0; pt < 128; ++pt) text += " " + std::to_string(pt);
    text += "\na=mid:" + std::to_string(i) + "\na=rtcp-mux\n";
    for (int pt = 96; pt < 110; ++pt) text += "a=rtpmap:" + std::to_string(pt) + " AV1/90000\n";
  }
  const std::string usual = offer_text({video_lines("v")});
  const auto ns_per_byte = [](const std::string& one) {
    return best_time_ns(one) / static_cast<double>(one.size());
  };
  const double ratio = ns_per_byte(text) / ns_per_byte(usual);
  EXPECT_LT(ratio, 4);
}

}  // namespace
}  // namespace penstock::sdp
