// The models of an encoder and of who watches it (tests/client): what the figures of calls are made
// of must see what it claims to see.
#include "tests/client/video_watcher.h"

#include <gtest/gtest.h>

#include <functional>

namespace penstock::test {
namespace {

class VideoWatcherTest : public testing::Test {
 protected:
  struct Sent {
    VideoWatcher::Packet packet;
    std::vector<std::uint8_t> payload;
  };

  // The packets of the next frame; a keyframe first and where it is asked for.
  std::vector<Sent> next_frame(bool is_keyframe = false) {
    std::vector<Sent> sent;
    now_ += 33 * kMillisecond;
    timestamp_ += 2'970;
    auto payloads = model_.next_frame(is_keyframe || frames_++ == 0, 0, now_);
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      sent.push_back({.packet = {.sequence = sequence_++,
                                 .timestamp = timestamp_,
                                 .marker = i + 1 == payloads.size(),
                                 .payload = {}},
                      .payload = std::move(payloads[i])});
    }
    return sent;
  }
  void take(Sent sent) {
    sent.packet.payload = sent.payload;
    watcher_.take(sent.packet, now_);
  }
  void take_all(const std::vector<Sent>& frame) {
    for (const Sent& sent : frame) take(sent);
  }

  VideoModel model_{{.width = 640, .height = 360, .bitrate_bps = 500'000, .temporal_layers = 3}, 1};
  VideoWatcher watcher_;
  Timestamp now_ = kSecond;
  std::uint64_t sequence_ = 70'000;
  std::uint32_t timestamp_ = 1'000;
  int frames_ = 0;
};

TEST_F(VideoWatcherTest, AStreamThatIsWholeIsDecodedWhole) {
  for (int i = 0; i < 100; ++i) take_all(next_frame(i == 50));
  EXPECT_EQ(watcher_.decoded().size(), 100U);
  EXPECT_EQ(watcher_.violation_count(), 0U);
  EXPECT_EQ(frozen(watcher_.freezes(kSecond, now_), kSecond + 40 * kMillisecond, now_), 0);
}

TEST_F(VideoWatcherTest, TheModelKeepsItsRate) {
  std::size_t bytes = 0;
  for (int i = 0; i < 300; ++i) {
    for (const Sent& sent : next_frame(i % 100 == 0)) bytes += sent.payload.size();
  }
  EXPECT_NEAR(static_cast<double>(bytes) * 8 / (300 * 0.033), 500'000, 60'000);
}

TEST_F(VideoWatcherTest, WhatIsMissingHoldsUpWhatRefersToItAndNothingElse) {
  take_all(next_frame());
  take_all(next_frame());            // of the highest layer
  const auto middle = next_frame();  // of the middle one
  take_all(next_frame());            // refers to it
  take_all(next_frame());            // of the lowest: refers to the keyframe
  EXPECT_EQ(watcher_.decoded().size(), 3U);
  EXPECT_EQ(watcher_.violation_count(), 0U) << "the network's doing";
  take_all(middle);
  EXPECT_EQ(watcher_.decoded().size(), 3U) << "it is too late for it";
}

TEST_F(VideoWatcherTest, AFrameWhoseReferenceWasLeftOutIsAViolation) {
  take_all(next_frame());
  take_all(next_frame());
  sequence_ -= next_frame().size();  // the middle layer's is left out, and no number misses
  take_all(next_frame());
  EXPECT_EQ(watcher_.violations().count("undecodable"), 1U);
}

TEST_F(VideoWatcherTest, NumbersThatJumpAreViolations) {
  take_all(next_frame());
  auto frame = next_frame();
  for (Sent& sent : frame) {
    sent.packet.timestamp = timestamp_ - 2 * 2'970;
    sent.payload[3] ^= 0x10;  // the picture id
    sent.payload[4] += 3;     // TL0PICIDX
  }
  take_all(frame);
  EXPECT_EQ(watcher_.violations().count("timestamp backward"), 1U);
  EXPECT_EQ(watcher_.violations().count("picture id"), 1U);
  EXPECT_EQ(watcher_.violations().count("TL0PICIDX"), 1U);
}

TEST_F(VideoWatcherTest, ATimestampThatIsAheadIsAViolation) {
  take_all(next_frame());
  timestamp_ += 90 * 500;
  take_all(next_frame());
  EXPECT_EQ(watcher_.violations().count("timestamp ahead"), 1U);
}

TEST_F(VideoWatcherTest, APictureThatStandsStillIsAFreezeAndAsksForAKeyframe) {
  for (int i = 0; i < 60; ++i) take_all(next_frame());
  const Timestamp stopped_at = now_;
  now_ += 2 * kSecond;
  EXPECT_FALSE(watcher_.takes_keyframe_request(now_));
  now_ += 2 * kSecond;
  EXPECT_TRUE(watcher_.takes_keyframe_request(now_));
  EXPECT_FALSE(watcher_.takes_keyframe_request(now_)) << "it was asked for";
  take_all(next_frame(true));
  EXPECT_NEAR(
      static_cast<double>(frozen(watcher_.freezes(kSecond, now_), stopped_at - kSecond, now_)),
      static_cast<double>(4 * kSecond), static_cast<double>(100 * kMillisecond));
}

TEST_F(VideoWatcherTest, WhatNeverCameIsFrozenFromTheBeginning) {
  EXPECT_EQ(frozen(watcher_.freezes(kSecond, 3 * kSecond), kSecond, 3 * kSecond), 2 * kSecond);
}

}  // namespace
}  // namespace penstock::test
