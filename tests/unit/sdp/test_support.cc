#include "tests/unit/sdp/test_support.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "controlplane/sdp/parser.h"

namespace penstock::sdp {

const std::vector<std::string> kCapturedOffers = {
    "chromium_156_audio_video",
    "chromium_156_two_videos",
    "chromium_156_simulcast",
    "chromium_156_recvonly",
    "chromium_156_data_channel",
    "firefox_153_audio_video",
    "firefox_153_two_videos_max_bundle",
    "firefox_153_simulcast",
    "firefox_153_recvonly",
};

std::string captured_text(const std::string& name) {
  std::ifstream file(std::string(SDP_TEST_DATA) + "/" + name + ".sdp", std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

SessionDescription captured(const std::string& name) { return parsed(captured_text(name)); }

std::vector<std::string> warnings_of(const std::string& offer) {
  const auto answer = answer_publisher_offer(parsed(offer), all_codecs(), local_transport());
  EXPECT_TRUE(answer.has_value()) << offer;
  return answer ? answer->warnings : std::vector<std::string>{};
}

SessionDescription parsed(std::string_view text) {
  auto description = parse_session_description(text);
  EXPECT_TRUE(description.has_value()) << description.error() << "\n" << text;
  return description.value_or(SessionDescription{});
}

LocalTransportParameters local_transport(std::uint64_t session_version) {
  LocalTransportParameters local;
  local.ice_ufrag = "ouru";
  local.ice_pwd = "ourpasswordourpassword";
  local.fingerprint = "sha-256 01:23:45:67:89:AB:CD:EF";
  local.candidates = {"1 1 udp 2130706431 198.18.0.2 40000 typ host"};
  local.session_id = 4711;
  local.session_version = session_version;
  local.origin_address = "198.18.0.2";
  local.session_name = "VideoRoom 1234";
  return local;
}

PublisherPolicy all_codecs() {
  PublisherPolicy policy;
  policy.video_codecs = {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1};
  return policy;
}

std::string offer_text(const std::vector<std::string>& media, std::string_view session) {
  std::string text =
      "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\n"
      "a=ice-ufrag:peer\na=ice-pwd:peerpasswordpeerpassword\na=setup:actpass\n"
      "a=fingerprint:sha-256 AA:BB:CC:DD\n";
  text += session;
  for (const std::string& lines : media) text += lines;
  return text;
}

std::string audio_lines(std::string_view mid, std::string_view more) {
  return "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\na=mid:" + std::string(mid) +
         "\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n" + std::string(more);
}

std::string video_lines(std::string_view mid, std::string_view more) {
  return "m=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:" + std::string(mid) +
         "\na=rtcp-mux\na=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n" +
         std::string(more);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace penstock::sdp
