// The m-line of data channels: taken from publishers, offered to subscribers, and refused when it
// cannot be used.
#include <gtest/gtest.h>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

std::string data_lines(std::string_view mid, std::string_view more = "a=sctp-port:5000\n") {
  return "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:" + std::string(mid) + "\n" +
         std::string(more);
}

PublisherNegotiation data_answer_to(const std::string& text) {
  const auto result = answer_publisher_offer(parsed(text), all_codecs(), local_transport());
  EXPECT_TRUE(result.has_value());
  return result.value_or(PublisherNegotiation{});
}

TEST(SdpDataChannels, OfChromiumAreTaken) {
  const auto result = data_answer_to(captured_text("chromium_156_data_channel"));
  ASSERT_EQ(result.streams.size(), 3U);
  const NegotiatedStream& stream = result.streams[2];
  EXPECT_EQ(stream.kind, MediaKind::kData);
  EXPECT_TRUE(stream.accepted && stream.active);
  EXPECT_EQ(stream.data, (DataMedia{.sctp_port = 5'000, .message_bytes_max = 262'144}));
  EXPECT_EQ(result.answer.bundle_groups.at(0), (std::vector<std::string>{"0", "1", "2"}));
  const std::string text = write_session_description(result.answer);
  const std::string media = text.substr(text.find("m=application"));
  EXPECT_TRUE(media.starts_with("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")) << media;
  for (const std::string_view line : {"a=sctp-port:5000\r\n", "a=max-message-size:262144\r\n",
                                      "a=mid:2\r\n", "a=setup:passive\r\n", "a=ice-ufrag:"}) {
    EXPECT_NE(media.find(line), std::string::npos) << line;
  }
  for (const std::string_view line : {"a=rtcp-mux", "a=extmap:", "a=rtpmap:"})
    EXPECT_EQ(media.find(line), std::string::npos) << line;
}

TEST(SdpDataChannels, AloneAreTakenToo) {
  const auto result = data_answer_to(offer_text({data_lines("d")}, "a=group:BUNDLE d\n"));
  ASSERT_EQ(result.streams.size(), 1U);
  EXPECT_TRUE(result.streams[0].active);
  EXPECT_EQ(result.remote.ice_ufrag, "peer");
}

TEST(SdpDataChannels, SayWhatTheyTakeOrTheDefaultCounts) {
  const auto of = [](std::string_view more) {
    return data_answer_to(offer_text({data_lines("d", more)})).streams.at(0).data;
  };
  EXPECT_EQ(of("a=sctp-port:5000\n").message_bytes_max, 65'536U);
  EXPECT_EQ(of("a=sctp-port:6000\na=max-message-size:0\n"),
            (DataMedia{.sctp_port = 6'000, .message_bytes_max = 0}));
  EXPECT_EQ(of("a=sctp-port:5000\na=max-message-size:1073741823\n").message_bytes_max,
            1'073'741'823U);
}

TEST(SdpDataChannels, ThatCannotBeUsedAreRefusedAndSayWhy) {
  const auto warning = [](const std::string& media) {
    const auto result =
        data_answer_to(offer_text({audio_lines("a"), media}, "a=group:BUNDLE a d\n"));
    EXPECT_EQ(result.answer.media.at(1).port, 0);
    EXPECT_FALSE(result.streams.at(1).accepted);
    return result.warnings.at(0);
  };
  EXPECT_EQ(warning(data_lines("d", "")), "m-line 1 (mid d): no a=sctp-port");
  EXPECT_EQ(warning(replaced(data_lines("d"), "UDP/DTLS/SCTP", "DTLS/SCTP")),
            "m-line 1 (mid d): its protocol is neither UDP/DTLS/SCTP nor TCP/DTLS/SCTP");
  EXPECT_EQ(warning(replaced(data_lines("d"), "webrtc-datachannel", "bfcp")),
            "m-line 1 (mid d): its format is not webrtc-datachannel");
  EXPECT_EQ(warning(data_lines("other")),
            "m-line 1 (mid other): not in the first BUNDLE group: all m-lines share one transport");
  const auto twice =
      data_answer_to(offer_text({data_lines("a"), data_lines("d")}, "a=group:BUNDLE a d\n"));
  EXPECT_TRUE(twice.streams.at(0).accepted);
  EXPECT_FALSE(twice.streams.at(1).accepted);
  EXPECT_EQ(twice.warnings.at(0), "m-line 1 (mid d): another m-line of data channels was taken");
}

SessionDescription subscriber_offer() {
  SubscriberPayloadTypes types;
  OfferedStream video;
  video.mid = "0";
  video.kind = MediaKind::kVideo;
  video.codec = Codec::kVp8;
  video.payload_type = *types.assign(Codec::kVp8, "");
  OfferedStream data;
  data.mid = "1";
  data.kind = MediaKind::kData;
  return make_subscriber_offer(std::vector{video, data}, local_transport(),
                               subscriber_extensions({}));
}

SessionDescription answer_of(const std::string& data) {
  return parsed(offer_text({replaced(video_lines("0", "a=recvonly\n"), "actpass", "active"), data},
                           "a=group:BUNDLE 0 1\na=setup:active\n"));
}

SessionDescription active(SessionDescription answer) {
  answer.transport.setup = Setup::kActive;
  return answer;
}

TEST(SdpDataChannels, AreOfferedToSubscribersAndTheirAnswerCounts) {
  const SessionDescription offer = subscriber_offer();
  ASSERT_EQ(offer.media.size(), 2U);
  EXPECT_EQ(offer.media[1].formats, std::vector<std::string>{"webrtc-datachannel"});
  EXPECT_EQ(offer.media[1].sctp_port, 5'000);
  EXPECT_EQ(offer.media[1].max_message_bytes, kDataMessageBytesMax);
  EXPECT_EQ(offer.bundle_groups.at(0), (std::vector<std::string>{"0", "1"}));
  const auto taken = apply_subscriber_answer(
      offer, active(answer_of(data_lines("1", "a=sctp-port:7\na=max-message-size:9\n"))));
  ASSERT_TRUE(taken.has_value()) << taken.error().text;
  EXPECT_TRUE(taken->streams.at(1).accepted && taken->streams.at(1).receiving);
  EXPECT_EQ(taken->streams.at(1).data, (DataMedia{.sctp_port = 7, .message_bytes_max = 9}));
}

TEST(SdpDataChannels, ThatASubscriberRejectsHurtNothingElse) {
  const auto refused = apply_subscriber_answer(
      subscriber_offer(),
      active(answer_of("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\na=mid:1\n")));
  ASSERT_TRUE(refused.has_value()) << refused.error().text;
  EXPECT_TRUE(refused->streams.at(0).receiving);
  EXPECT_FALSE(refused->streams.at(1).accepted);
  const auto broken =
      apply_subscriber_answer(subscriber_offer(), active(answer_of(data_lines("1", ""))));
  ASSERT_TRUE(broken.has_value()) << broken.error().text;
  EXPECT_FALSE(broken->streams.at(1).accepted);
  EXPECT_EQ(broken->warnings.at(0), "m-line 1 (mid 1): not sent: no a=sctp-port");
}

}  // namespace
}  // namespace penstock::sdp
