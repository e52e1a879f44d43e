#include "controlplane/sdp/codec_choice.h"

#include <gtest/gtest.h>

#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

MediaDescription video_of(const std::string& payload_types, const std::string& lines) {
  return parsed(offer_text({"m=video 9 UDP/TLS/RTP/SAVPF " + payload_types + "\n" + lines}))
      .media.at(0);
}

TEST(SdpCodecChoice, PrefersConstrainedBaselineInPacketizationMode1) {
  const MediaDescription media = captured("chromium_156_audio_video").media.at(1);
  const auto choice = choose_format(media, Codec::kH264, {});
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->payload_type, 108);
  EXPECT_EQ(choice->h264_profile, "42e01f");
  EXPECT_EQ(choice->fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
}

TEST(SdpCodecChoice, TakesTheWantedH264ProfileWhateverItsLevel) {
  const MediaDescription media = captured("chromium_156_audio_video").media.at(1);
  EXPECT_EQ(choose_format(media, Codec::kH264, {.h264_profile = "4D0032"})->payload_type, 116);
  EXPECT_EQ(choose_format(media, Codec::kH264, {.h264_profile = "640032"})->payload_type, 108);
}

// RFC 6184 section 8.1: 0 is the default. Subscribers get mode 1, which takes both.
TEST(SdpCodecChoice, TakesH264OfPacketizationMode0AndWithoutParameters) {
  struct Case {
    const char* fmtp;
    const char* answered;
    const char* offered_on;
  };
  const std::string usual = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=";
  for (const Case& test : {
           Case{"", "packetization-mode=0", "42e01f"},
           Case{"a=fmtp:96 packetization-mode=0\n", "packetization-mode=0", "42e01f"},
           Case{"a=fmtp:96 profile-level-id=4D0032\n",
                "packetization-mode=0;profile-level-id=4d0032", "4d0032"},
           Case{"a=fmtp:96 packetization-mode=1\n", "packetization-mode=1", "42e01f"},
           Case{"a=fmtp:96 Packetization-Mode = 1 ; profile-level-id=42e01g\n",
                "packetization-mode=1", "42e01f"},
           Case{"a=fmtp:96 level-asymmetry-allowed=1;profile-level-id=42001f\n",
                "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f", "42001f"},
       }) {
    const auto choice = choose_format(
        video_of("96", std::string("a=rtpmap:96 h264/90000\n") + test.fmtp), Codec::kH264, {});
    ASSERT_TRUE(choice.has_value()) << test.fmtp;
    EXPECT_EQ(choice->answer_fmtp, test.answered);
    EXPECT_EQ(choice->fmtp, usual + test.offered_on);
    EXPECT_EQ(choice->h264_profile, test.offered_on);
  }
}

TEST(SdpCodecChoice, PrefersH264OfPacketizationMode1WhateverItsProfile) {
  const MediaDescription media =
      video_of("96 97",
               "a=rtpmap:96 H264/90000\na=fmtp:96 profile-level-id=42e01f\n"
               "a=rtpmap:97 H264/90000\na=fmtp:97 packetization-mode=1;profile-level-id=640032\n");
  EXPECT_EQ(choose_format(media, Codec::kH264, {})->payload_type, 97);
}

TEST(SdpCodecChoice, RefusesInterleavedH264) {
  EXPECT_FALSE(
      choose_format(video_of("96", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=2\n"),
                    Codec::kH264, {}));
}

TEST(SdpCodecChoice, PrefersVp9Profile0UnlessAnotherIsWanted) {
  const MediaDescription media = video_of("96 97",
                                          "a=rtpmap:96 VP9/90000\na=fmtp:96 profile-id=2\n"
                                          "a=rtpmap:97 VP9/90000\n");
  EXPECT_EQ(choose_format(media, Codec::kVp9, {})->payload_type, 97);
  EXPECT_EQ(choose_format(media, Codec::kVp9, {})->fmtp, "profile-id=0");
  const auto wanted = choose_format(media, Codec::kVp9, {.vp9_profile = "2"});
  EXPECT_EQ(wanted->payload_type, 96);
  EXPECT_EQ(wanted->vp9_profile, "2");
}

TEST(SdpCodecChoice, EqualAv1ConfigurationsHaveEqualTexts) {
  const auto bare = choose_format(video_of("96", "a=rtpmap:96 av1/90000\n"), Codec::kAv1, {});
  const auto full =
      choose_format(captured("chromium_156_audio_video").media.at(1), Codec::kAv1, {});
  EXPECT_EQ(bare->fmtp, full->fmtp);
  EXPECT_EQ(full->payload_type, 45);
}

TEST(SdpCodecChoice, OpusFlagsComeFromTheOfferAndTheRoom) {
  const auto opus = [](const std::string& fmtp, CodecWishes wishes) {
    const MediaDescription media =
        parsed(offer_text({audio_lines("0", "a=fmtp:111 " + fmtp + "\n")})).media.at(0);
    return *choose_format(media, Codec::kOpus, wishes);
  };
  const CodecChoice plain = opus("minptime=10;useinbandfec=1", {});
  EXPECT_TRUE(plain.opus_fec);
  EXPECT_FALSE(plain.opus_dtx || plain.opus_stereo);
  EXPECT_EQ(plain.fmtp, "useinbandfec=1");
  const CodecChoice all = opus("stereo=1; UseInBandFec=1", {.opus_dtx = true});
  EXPECT_TRUE(all.opus_stereo && all.opus_dtx && all.opus_fec);
  EXPECT_EQ(all.fmtp, "useinbandfec=1;usedtx=1;stereo=1;sprop-stereo=1");
  EXPECT_TRUE(opus("sprop-stereo=1", {}).opus_stereo);
  EXPECT_EQ(opus("useinbandfec=1;xstereo=1;stereo=10", {.opus_fec = false}).fmtp, "");
}

TEST(SdpCodecChoice, ComparesNameClockAndChannels) {
  const auto has = [](const std::string& rtpmap, Codec codec) {
    return choose_format(video_of("96", "a=rtpmap:96 " + rtpmap + "\n"), codec, {}).has_value();
  };
  EXPECT_TRUE(has("vp8/90000", Codec::kVp8));
  EXPECT_FALSE(has("VP8/8000", Codec::kVp8));
  EXPECT_FALSE(has("VP80/90000", Codec::kVp8));
  EXPECT_TRUE(has("OPUS/48000/2", Codec::kOpus));
  EXPECT_TRUE(has("opus/48000", Codec::kOpus)) << "as if it had two channels";
  EXPECT_FALSE(has("opus/48000/3", Codec::kOpus));
  EXPECT_FALSE(has("VP8/90000/2", Codec::kVp8));
}

TEST(SdpCodecChoice, FindsFormatParameters) {
  EXPECT_EQ(format_parameter("a=1; b = 2 ;c", "B"), "2");
  EXPECT_EQ(format_parameter("a=1;\tb\t=\t2\t;c", "b"), "2");
  EXPECT_EQ(format_number("apt=96;rtx-time=3000", "apt"), 96);
  EXPECT_EQ(format_number("apt=x;rtx-time=3000", "apt"), std::nullopt);
  EXPECT_EQ(format_parameter("a=1;c", "c"), "");
  EXPECT_EQ(format_parameter("aa=1", "a"), std::nullopt);
  EXPECT_EQ(format_parameter("", "a"), std::nullopt);
}

}  // namespace
}  // namespace penstock::sdp
