#include "controlplane/sdp/writer.h"

#include <gtest/gtest.h>

#include "controlplane/sdp/parser.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

SessionDescription everything() {
  SessionDescription session;
  session.origin = {"user", 12, 34, "2001:db8::1"};
  session.name = "a name";
  session.ice_lite = true;
  session.extmap_allow_mixed = true;
  session.msid_semantic = "WMS *";
  session.bundle_groups = {{"a", "d"}, {}};
  session.transport = {"ufrag", "pwd", {"ice2"}, {{"sha-256", "AA:BB"}}, Setup::kPassive};
  MediaDescription& video = session.media.emplace_back();
  video.kind = "video";
  video.port = 5000;
  video.protocol = "UDP/TLS/RTP/SAVPF";
  video.payloads = {{96, RtpMap{"VP8", 90'000, 1}, "x=1;y", {"nack", "nack pli"}},
                    {111, RtpMap{"opus", 48'000, 2}, "", {}},
                    {0, std::nullopt, "", {}}};
  video.mid = "a";
  video.direction = Direction::kRecvOnly;
  video.transport = {"u", "p", {"trickle"}, {{"sha-1", "CC"}, {"sha-512", "DD"}}, Setup::kActive};
  video.extmaps = {{1, std::nullopt, "urn:a"}, {15, Direction::kSendOnly, "urn:b"}};
  video.extmap_allow_mixed = video.bundle_only = video.rtcp_mux = video.rtcp_mux_only = true;
  video.rtcp_rsize = video.end_of_candidates = true;
  video.rtcp_fbs_of_all = {"transport-cc"};
  video.msids = {{"s", "t"}, {"-", ""}};
  video.ssrcs = {{1, "c", "s t"}, {2, "c", ""}, {3, "", "s t"}};
  video.ssrc_groups = {{"FID", {1, 2}}};
  video.rids = {{"h", Direction::kSendOnly, ""}, {"l", Direction::kRecvOnly, "pt=96"}};
  video.simulcast = Simulcast{{{{"h", false}, {"m", true}}}, {{{"l", false}}, {{"k", true}}}};
  video.candidates = {"1 1 udp 1 192.0.2.1 5 typ host"};
  video.bandwidths = {{"AS", 1}, {"TIAS", 2}};
  MediaDescription& data = session.media.emplace_back();
  data.kind = "application";
  data.port = 0;
  data.protocol = "UDP/DTLS/SCTP";
  data.formats = {"webrtc-datachannel"};
  data.mid = "d";
  data.sctp_port = 5000;
  data.max_message_bytes = 0;
  return session;
}

TEST(SdpWriter, EveryMemberSurvivesWritingAndParsing) {
  const SessionDescription session = everything();
  EXPECT_EQ(parsed(write_session_description(session)), session);
}

TEST(SdpWriter, WritesLinesInTheOrderOfRfc8866) {
  SessionDescription session;
  session.origin = {"-", 1, 2, "198.18.0.2"};
  session.ice_lite = true;
  session.bundle_groups = {{"0"}};
  MediaDescription& media = session.media.emplace_back();
  media.kind = "audio";
  media.protocol = "UDP/TLS/RTP/SAVPF";
  media.mid = "0";
  media.bandwidths = {{"AS", 64}};
  media.payloads = {{111, RtpMap{"opus", 48'000, 2}, "useinbandfec=1", {"transport-cc"}}};
  EXPECT_EQ(write_session_description(session),
            "v=0\r\n"
            "o=- 1 2 IN IP4 198.18.0.2\r\n"
            "s=-\r\n"
            "t=0 0\r\n"
            "a=ice-lite\r\n"
            "a=group:BUNDLE 0\r\n"
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
            "c=IN IP4 0.0.0.0\r\n"
            "b=AS:64\r\n"
            "a=mid:0\r\n"
            "a=sendrecv\r\n"
            "a=rtpmap:111 opus/48000/2\r\n"
            "a=rtcp-fb:111 transport-cc\r\n"
            "a=fmtp:111 useinbandfec=1\r\n");
}

TEST(SdpWriter, ValuesCannotAddLines) {
  SessionDescription session;
  session.name = "room\r\na=fingerprint:sha-256 00:00\n";
  session.origin.address = std::string("198.18.0.2\0\n", 12);
  const SessionDescription read = parsed(write_session_description(session));
  EXPECT_TRUE(read.transport.fingerprints.empty());
  EXPECT_EQ(read.name, "rooma=fingerprint:sha-256 00:00");
  EXPECT_EQ(read.origin.address, "198.18.0.2");
}

}  // namespace
}  // namespace penstock::sdp
