#include "bench/load/recording.h"

#include <gtest/gtest.h>

#include "bench/load/payload_mark.h"
#include "tests/support/mjr_writer.h"

namespace penstock::load {
namespace {

std::string error_of(std::span<const std::uint8_t> file) {
  const auto recording = parse_recording(file);
  return recording ? "none" : recording.error();
}
std::string error_of(const MjrWriter& file) { return error_of(file.bytes()); }

TEST(RecordingTest, VideoIsBurstsOfFramesWithTheirKeyframes) {
  const auto recording = parse_recording(second_of_video().bytes());
  ASSERT_TRUE(recording.has_value()) << recording.error();
  EXPECT_EQ(recording->kind, MediaKind::kVideo);
  EXPECT_EQ(recording->length, kSecond) << "the last frame lasts as long as the others";
  EXPECT_EQ(recording->payloads.size(), 24U);
  ASSERT_EQ(recording->bursts.size(), 20U);
  EXPECT_EQ(recording->keyframes, (std::vector<std::size_t>{0, 10}));
  for (std::size_t i = 0; i < 20; ++i) {
    const RecordedBurst& burst = recording->bursts[i];
    EXPECT_EQ(burst.at, static_cast<Duration>(i) * 50 * kMillisecond);
    EXPECT_EQ(burst.packets, i % 10 == 0 ? 3U : 1U);
    EXPECT_EQ(burst.is_keyframe, i % 10 == 0);
    EXPECT_TRUE(burst.starts_frame && burst.ends_frame);
    EXPECT_EQ(recording->payloads[burst.first], vp8_payload(200 + i, true, i % 10 == 0));
  }
}

TEST(RecordingTest, AFrameThatWasPacedOrIsLargeIsSeveralBursts) {
  MjrWriter file = MjrWriter::of("vp8");
  for (std::uint16_t i = 0; i < 40; ++i) {
    file.add({.at_ms = i < 5 ? 7U : 8U,
              .sequence_number = i,
              .timestamp = 9,
              .payload = vp8_payload(100, i == 0, true)});
  }
  const auto recording = parse_recording(file.bytes());
  ASSERT_TRUE(recording.has_value()) << recording.error();
  ASSERT_EQ(recording->bursts.size(), 3U);
  const auto& [first, second, third] =
      std::tie(recording->bursts[0], recording->bursts[1], recording->bursts[2]);
  EXPECT_EQ(first.packets, 5U);
  EXPECT_EQ(second.packets, kBurstPacketsMax);
  EXPECT_EQ(third.packets, 3U);
  EXPECT_EQ(second.at, kMillisecond);
  EXPECT_EQ(third.at, kMillisecond);
  EXPECT_TRUE(first.starts_frame && !second.starts_frame && !third.starts_frame);
  EXPECT_TRUE(!first.ends_frame && !second.ends_frame && third.ends_frame);
  EXPECT_TRUE(third.is_keyframe);
  EXPECT_EQ(recording->keyframes, std::vector<std::size_t>{0});
}

TEST(RecordingTest, PacketsAreInOrderOnceAndWithoutPadding) {
  MjrWriter file = MjrWriter::of("opus");
  const auto add = [&](std::uint32_t at_ms, std::uint16_t sequence, std::vector<std::uint8_t> bytes,
                       bool has_padding = false) {
    file.add({.at_ms = at_ms,
              .sequence_number = sequence,
              .timestamp = sequence * 960U,
              .payload = std::move(bytes),
              .has_padding = has_padding});
  };
  add(0, 10, std::vector<std::uint8_t>(50, 1));
  add(41, 12, std::vector<std::uint8_t>(50, 3));
  add(42, 11, {2, 2, 0, 0, 3}, true);
  add(43, 12, std::vector<std::uint8_t>(50, 9));
  add(44, 13, {0, 0, 3}, true);  // nothing but padding
  add(60, 14, std::vector<std::uint8_t>(50, 5));
  const auto recording = parse_recording(file.bytes());
  ASSERT_TRUE(recording.has_value()) << recording.error();
  EXPECT_EQ(recording->kind, MediaKind::kAudio);
  ASSERT_EQ(recording->payloads.size(), 4U);
  std::vector<std::uint8_t> lengthened(kPayloadBytesMin);
  lengthened[0] = lengthened[1] = 2;
  EXPECT_EQ(recording->payloads[0], std::vector<std::uint8_t>(50, 1));
  EXPECT_EQ(recording->payloads[1], lengthened) << "a mark has to fit";
  EXPECT_EQ(recording->payloads[2], std::vector<std::uint8_t>(50, 3));
  EXPECT_EQ(recording->payloads[3], std::vector<std::uint8_t>(50, 5));
  // The one that came late goes first, and the next with it.
  EXPECT_EQ(recording->bursts[1].at, 42 * kMillisecond);
  EXPECT_EQ(recording->bursts[2].at, 42 * kMillisecond);
  EXPECT_EQ(recording->bursts[3].at, 60 * kMillisecond);
  EXPECT_EQ(recording->length, 80 * kMillisecond);
}

TEST(RecordingTest, VideoBeginsWithItsFirstKeyframe) {
  MjrWriter file = MjrWriter::of("vp8");
  file.add({.at_ms = 100, .sequence_number = 1, .payload = vp8_payload(90, true, false)});
  EXPECT_EQ(error_of(file), "holds no keyframe");
  file.add({.at_ms = 133,
            .sequence_number = 2,
            .timestamp = 3'000,
            .payload = vp8_payload(91, true, true)});
  const auto recording = parse_recording(file.bytes());
  ASSERT_TRUE(recording.has_value()) << recording.error();
  ASSERT_EQ(recording->bursts.size(), 1U);
  EXPECT_EQ(recording->bursts[0].at, 0);
  EXPECT_EQ(recording->payloads[0].size(), 91U);
}

TEST(RecordingTest, WhatIsWrongWithAFileIsSaid) {
  const MjrPacket audio{.sequence_number = 1, .payload = std::vector<std::uint8_t>(60, 7)};
  EXPECT_EQ(error_of(std::span<const std::uint8_t>{}), "not a recording of Janus (.mjr, MJR00002)");
  EXPECT_EQ(error_of(MjrWriter("opus")), "its description is not JSON with a codec \"c\"");
  EXPECT_EQ(error_of(MjrWriter(R"({"c":7})")), "its description is not JSON with a codec \"c\"");
  EXPECT_EQ(error_of(MjrWriter::of("h264").add(audio)),
            "holds h264; only opus and vp8 can be sent");
  EXPECT_EQ(error_of(MjrWriter::of("opus")), "holds no packets");
  EXPECT_EQ(error_of(MjrWriter::of("opus").add(audio).add_bytes(0, {1, 2, 3})),
            "packet 2 is not RTP");
  EXPECT_EQ(error_of(MjrWriter::of("opus").add({.payload = std::vector<std::uint8_t>(1'301)})),
            "packet 1 has a payload of 1301 bytes; at most 1300 can be sent");
  EXPECT_EQ(read_recording("/nonexistent/a.mjr").error(), "cannot be opened");
}

TEST(RecordingTest, AFileThatIsCutAnywhereIsRefusedOrWholeUpToThere) {
  const MjrWriter file = second_of_video();
  const std::span<const std::uint8_t> bytes(file.bytes());
  const std::size_t description = MjrWriter::of("vp8").bytes().size();
  std::size_t whole = 0;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const std::vector<std::uint8_t> beginning(bytes.begin(),
                                              bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    const auto recording = parse_recording(beginning);
    if (!recording) continue;
    ++whole;
    EXPECT_GT(cut, description);
    EXPECT_EQ(recording->payloads.size(), whole);
  }
  EXPECT_EQ(whole, 23U) << "one for each packet but the last";
}

}  // namespace
}  // namespace penstock::load
