#include "bench/inprocess/encoder.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::bench {
namespace {

constexpr MediaPattern kVideo{.codec = Codec::kVp8,
                              .frame_interval = 33 * kMillisecond,
                              .frame_bytes = 2'500,
                              .keyframe_bytes = 10'000,
                              .frames_per_keyframe = 4,
                              .packet_bytes_max = 1'000};

std::vector<Encoder::Packet> next_packets(Encoder& encoder, std::size_t count) {
  std::vector<Encoder::Packet> packets;
  while (packets.size() < count) packets.push_back(encoder.next());
  return packets;
}

TEST(Encoder, SendsAFrameAtATimeEveryInterval) {
  Encoder encoder(packets_of_one_size(Codec::kOpus, 100, 1, 20 * kMillisecond), 7, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(encoder.due(), 7 + i * 20 * kMillisecond);
    const Encoder::Packet packet = encoder.next();
    EXPECT_EQ(packet.payload_bytes, 100);
    EXPECT_TRUE(packet.is_frame_end);
    EXPECT_EQ(packet.frame, static_cast<std::uint64_t>(i));
  }
}

TEST(Encoder, CutsAFrameIntoPacketsOfAboutEqualSizeThatAddUp) {
  Encoder encoder(kVideo, 0, 0);
  next_packets(encoder, 10);  // the keyframe
  const auto packets = next_packets(encoder, 3);
  EXPECT_EQ(packets[0].payload_bytes + packets[1].payload_bytes + packets[2].payload_bytes, 2'500);
  EXPECT_EQ(packets[0].payload_bytes, 833);
  EXPECT_EQ(packets[0].start, Encoder::Start::kFrame);
  EXPECT_EQ(packets[1].start, Encoder::Start::kContinuation);
  EXPECT_FALSE(packets[1].is_frame_end);
  EXPECT_TRUE(packets[2].is_frame_end);
  EXPECT_EQ(packets[0].due, packets[2].due);
}

TEST(Encoder, BeginsWithAKeyframeAndRepeatsIt) {
  Encoder encoder(kVideo, 0, 0);
  std::vector<std::uint64_t> keyframes;
  for (const auto& packet : next_packets(encoder, 40)) {
    if (packet.start == Encoder::Start::kKeyframe) keyframes.push_back(packet.frame);
  }
  EXPECT_EQ(keyframes, (std::vector<std::uint64_t>{0, 4, 8}));
}

TEST(Encoder, HasItsSecondKeyframeEarlierByThePhase) {
  Encoder encoder(kVideo, 0, 3);
  std::vector<std::uint64_t> keyframes;
  for (const auto& packet : next_packets(encoder, 40)) {
    if (packet.start == Encoder::Start::kKeyframe) keyframes.push_back(packet.frame);
  }
  ASSERT_GE(keyframes.size(), 3U);
  EXPECT_EQ(keyframes[0], 0U);
  EXPECT_EQ(keyframes[1], 1U);
  EXPECT_EQ(keyframes[2], 5U);
}

TEST(Encoder, DoesNotMakeUpForWhatItSkips) {
  Encoder encoder(kVideo, 0, 0);
  encoder.skip_to(kSecond);
  EXPECT_EQ(encoder.next().due, kSecond);
}

TEST(MediaPattern, CountsPacketsPerSecondWithKeyframes) {
  // 10 + 3 x 3 packets in four frames of 33 ms.
  EXPECT_NEAR(kVideo.packets_per_second(), 19 / 0.132, 0.01);
  EXPECT_DOUBLE_EQ(
      packets_of_one_size(Codec::kOpus, 100, 2, 20 * kMillisecond).packets_per_second(), 100);
}

TEST(Encoder, SpacesTheFramesPacketsIfItIsAskedTo) {
  MediaPattern pattern = packets_of_one_size(Codec::kVp8, 1'000, 3, 10 * kMillisecond);
  pattern.packet_interval = 2 * kMillisecond;
  Encoder encoder(pattern, 0, 0);
  for (const Timestamp due : {0, 2, 4, 10, 12, 14, 20}) {
    EXPECT_EQ(encoder.due(), due * kMillisecond);
    encoder.next();
  }
}

TEST(Encoder, AFrameWaitsForOneThatIsNotOutYet) {
  MediaPattern pattern = packets_of_one_size(Codec::kVp8, 1'000, 1, 10 * kMillisecond);
  pattern.keyframe_bytes = 8'000;
  pattern.frames_per_keyframe = 100;
  pattern.packet_interval = 2 * kMillisecond;
  Encoder encoder(pattern, 0, 0);
  for (int i = 0; i < 8; ++i) encoder.next();
  EXPECT_EQ(encoder.due(), 16 * kMillisecond);  // the second frame, of 10 ms
  encoder.next();
  EXPECT_EQ(encoder.due(), 20 * kMillisecond);  // the third is in time again
}

}  // namespace
}  // namespace penstock::bench
