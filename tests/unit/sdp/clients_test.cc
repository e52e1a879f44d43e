// What real clients send, and what becomes of it: publishers' offers and subscribers' answers that
// browsers, GStreamer's webrtcbin, aiortc, libdatachannel (node-datachannel), Pion, werift and an
// old libwebrtc (wrtc) wrote. One named test per description.
#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

using Texts = std::vector<std::string>;

struct ClientCase {
  const char* name;  // tests/unit/sdp/data/<name>.sdp
  Texts expected;    // one line per m-line of audio or video
  Texts warnings = {};
};

std::string test_name(const testing::TestParamInfo<ClientCase>& info) {
  std::string name = info.param.name;
  std::ranges::replace_if(name, [](char c) { return !is_alphanumeric(c); }, '_');
  return name;
}

void PrintTo(const ClientCase& client, std::ostream* out) { *out << client.name; }

// "1 VP8/96 nack rtx=97 ssrcs=1 mid-ext=4"
std::string summary(const NegotiatedStream& stream, const MediaDescription& answered) {
  std::string text = stream.mid;
  if (answered.port == 0) return text + " refused";
  if (stream.kind == MediaKind::kData)
    return text + " data to " + std::to_string(stream.data.message_bytes_max);
  text += " " + std::string(codec_name(stream.codec)) + "/" + std::to_string(stream.payload_type);
  if (!stream.active) text += " inactive";
  if (stream.nack) text += " nack";
  for (const std::string& feedback : answered.payloads.front().rtcp_fbs) {
    if (feedback == "nack pli") text += " pli";
    if (feedback == kTransportCcFeedback) text += " twcc";
  }
  if (stream.rtx_payload_type != 0) text += " rtx=" + std::to_string(stream.rtx_payload_type);
  if (!stream.ssrcs.empty()) text += " ssrcs=" + std::to_string(stream.ssrcs.size());
  for (const std::string& rid : stream.rids) text += " rid=" + rid;
  for (const Extmap& extmap : answered.extmaps) {
    if (header_extension_of(extmap.uri) == HeaderExtension::kMid) {
      text += " mid-ext=" + std::to_string(extmap.id);
    }
  }
  return text;
}

class SdpClientOffer : public testing::TestWithParam<ClientCase> {};

TEST_P(SdpClientOffer, IsAnswered) {
  const SessionDescription offer = captured(GetParam().name);
  EXPECT_EQ(parsed(write_session_description(offer)), offer);
  const auto result = answer_publisher_offer(offer, all_codecs(), local_transport());
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(parsed(write_session_description(result->answer)), result->answer);
  Texts lines;
  for (const NegotiatedStream& stream : result->streams) {
    lines.push_back(summary(stream, result->answer.media.at(stream.mindex)));
  }
  EXPECT_EQ(lines, GetParam().expected);
  EXPECT_EQ(result->warnings, GetParam().warnings);
  EXPECT_FALSE(result->remote.ice_ufrag.empty());
}

const ClientCase kClientOffers[] = {
    {"aiortc_1.4.0", {"0 opus/96 ssrcs=1 mid-ext=1", "1 VP8/97 nack pli rtx=98 ssrcs=1 mid-ext=1"}},
    {"chromium_156_audio_video",
     {"0 opus/111 twcc ssrcs=1 mid-ext=4", "1 VP8/96 nack pli twcc rtx=97 ssrcs=1 mid-ext=4"}},
    {"chromium_156_data_channel",
     {"0 opus/111 twcc ssrcs=1 mid-ext=4", "1 VP8/96 nack pli twcc rtx=97 ssrcs=1 mid-ext=4",
      "2 data to 262144"}},
    {"chromium_156_recvonly",
     {"0 opus/111 inactive twcc mid-ext=4", "1 VP8/96 inactive nack pli twcc rtx=97 mid-ext=4"}},
    {"chromium_156_simulcast",
     {"0 opus/111 twcc ssrcs=1 mid-ext=4",
      "1 VP8/96 nack pli twcc rtx=97 rid=h rid=m rid=l mid-ext=4"}},
    {"chromium_156_two_videos",
     {"0 opus/111 twcc ssrcs=1 mid-ext=4", "1 VP8/96 nack pli twcc rtx=97 ssrcs=1 mid-ext=4",
      "2 VP8/96 nack pli twcc rtx=97 ssrcs=1 mid-ext=4"}},
    {"firefox_153_audio_video",
     {"0 opus/109 twcc ssrcs=1 mid-ext=3", "1 VP8/120 nack pli twcc rtx=124 ssrcs=1 mid-ext=3"}},
    {"firefox_153_recvonly",
     {"0 opus/109 inactive twcc ssrcs=1 mid-ext=3",
      "1 VP8/120 inactive nack pli twcc rtx=124 ssrcs=1 mid-ext=3"}},
    {"firefox_153_simulcast",
     {"0 opus/109 twcc ssrcs=1 mid-ext=3",
      "1 VP8/120 nack pli twcc rtx=124 ssrcs=3 rid=h rid=m rid=l mid-ext=3"}},
    {"firefox_153_two_videos_max_bundle",
     {"0 opus/109 twcc ssrcs=1 mid-ext=3", "1 VP8/120 nack pli twcc rtx=124 ssrcs=1 mid-ext=3",
      "2 VP8/120 nack pli twcc rtx=124 ssrcs=1 mid-ext=3"}},
    {"gstreamer_1.22.0_h264", {"audio0 opus/111", "video1 H264/96 pli"}},
    {"gstreamer_1.22.0_h264_without_mode", {"video0 H264/96 pli"}},
    {"gstreamer_1.22.0_vp8", {"audio0 opus/111", "video1 VP8/96 pli"}},
    {"node-datachannel_0.33.4_av1_vp9", {"video VP9/98 nack pli"}},
    {"node-datachannel_0.33.4_h264", {"audio opus/111 ssrcs=1", "video H264/102 nack pli ssrcs=1"}},
    {"node-datachannel_0.33.4_vp8",
     {"audio opus/111 ssrcs=1", "video VP8/96 nack pli ssrcs=1", "0 data to 262144"}},
    {"pion_3.1.56", {"0 opus/111 twcc ssrcs=1", "1 VP8/96 nack pli twcc rtx=97 ssrcs=1"}},
    {"werift_0.22.6", {"0 opus/96 ssrcs=1", "1 VP8/98 nack pli ssrcs=1"}},
    {"wrtc_0.10.0",
     {"0 opus/111 twcc ssrcs=1 mid-ext=4", "1 VP8/96 nack pli twcc rtx=97 ssrcs=1 mid-ext=4"}},
};
INSTANTIATE_TEST_SUITE_P(Of, SdpClientOffer, testing::ValuesIn(kClientOffers), test_name);

SessionDescription offer_to_clients(bool with_h264) {
  SubscriberPayloadTypes types;
  std::vector<OfferedStream> streams;
  const auto add = [&](Codec codec, const std::string& fmtp) {
    OfferedStream& stream = streams.emplace_back();
    stream.mid = std::to_string(streams.size() - 1);
    stream.kind = codec_kind(codec);
    stream.codec = codec;
    stream.fmtp = fmtp;
    stream.payload_type = *types.assign(codec, fmtp);
    if (stream.kind == MediaKind::kVideo) {
      stream.rtx_payload_type = types.assign_rtx(stream.payload_type);
    }
  };
  add(Codec::kOpus, "useinbandfec=1");
  add(Codec::kVp8, "");
  if (with_h264) {
    add(Codec::kH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
  }
  ExtensionMap all;
  all.ids.fill(1);
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(all));
}

class SdpClientAnswer : public testing::TestWithParam<ClientCase> {};

TEST_P(SdpClientAnswer, IsTaken) {
  const SessionDescription answer = captured(GetParam().name);
  const auto result = apply_subscriber_answer(offer_to_clients(answer.media.size() == 3), answer);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  Texts lines;
  for (const AnsweredStream& stream : result->streams) {
    std::string& line = lines.emplace_back(stream.receiving ? "receives" : "nothing");
    if (stream.has_rtx) line += " rtx";
    for (const HeaderExtension extension :
         {HeaderExtension::kMid, HeaderExtension::kAudioLevel, HeaderExtension::kVideoOrientation,
          HeaderExtension::kPlayoutDelay, HeaderExtension::kDependencyDescriptor}) {
      if (const int id = stream.extensions.id(extension); id != 0) line += " " + std::to_string(id);
    }
  }
  EXPECT_EQ(lines, GetParam().expected);
  EXPECT_EQ(result->warnings, GetParam().warnings);
  EXPECT_FALSE(result->remote.fingerprints.empty());
}

const ClientCase kClientAnswers[] = {
    {"aiortc_1.4.0_subscriber_answer", {"receives 4 1", "receives rtx 4", "receives rtx 4"}},
    {"gstreamer_1.22.0_subscriber_answer", {"receives", "receives", "receives"}},
    {"node-datachannel_0.33.4_subscriber_answer",
     {"receives 4 1", "receives rtx 4 13 12", "receives rtx 4 13 12"}},
    {"pion_3.1.56_subscriber_answer",
     {"receives", "receives rtx", "nothing"},
     {"m-line 2 (mid 2): not sent: payload type 107 is missing from the answer or another codec "
      "there"}},
    {"werift_0.22.6_subscriber_answer", {"receives", "receives"}},
    {"wrtc_0.10.0_subscriber_answer", {"receives 4 1", "receives rtx 4 13 12 11"}},
};
INSTANTIATE_TEST_SUITE_P(Of, SdpClientAnswer, testing::ValuesIn(kClientAnswers), test_name);

}  // namespace
}  // namespace penstock::sdp
