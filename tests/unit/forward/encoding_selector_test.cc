#include "dataplane/forward/encoding_selector.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace penstock {
namespace {

constexpr std::size_t kLow = 0;
constexpr std::size_t kMiddle = 1;
constexpr std::size_t kHigh = 2;
constexpr std::array<std::uint64_t, 3> kPixels = {160 * 120, 320 * 240, 640 * 480};
constexpr std::array<std::size_t, 3> kFrameBytes = {1'000, 3'000, 9'000};

// Three encodings, listed upwards, each a frame every 33 ms while it is on.
class EncodingSelectorTest : public testing::Test {
 protected:
  EncodingSelectorTest() { is_on.fill(true); }

  bool send(std::size_t encoding, bool is_keyframe) {
    return selector.take({.encoding = encoding,
                          .source = source[encoding],
                          .sequence = ++sequence[encoding],
                          .timestamp = static_cast<std::uint32_t>(now / kMillisecond * 90),
                          .bytes = kFrameBytes[encoding],
                          .is_keyframe_start = is_keyframe,
                          .pixels = is_keyframe && says_size ? kPixels[encoding] : 0},
                         now);
  }
  // Keyframes come where they are wanted, as a publisher sends them that is asked.
  void run_for(Duration duration) {
    for (const Timestamp end = now + duration; now < end; now += frame_interval) {
      const auto wanted = selector.wanted(now);
      for (std::size_t i = 0; i < is_on.size(); ++i) {
        if (!is_on[i]) continue;
        const bool is_first = !std::exchange(has_begun[i], true);
        forwarded[i] += send(i, is_first || wanted == i) ? 1 : 0;
      }
    }
  }

  EncodingSelector selector{3};
  Timestamp now = kSecond;
  Duration frame_interval = 33 * kMillisecond;
  bool says_size = true;
  std::array<bool, 3> is_on{};
  std::array<bool, 3> has_begun{};
  std::array<std::uint32_t, 3> source{1, 1, 1};
  std::array<std::uint64_t, 3> sequence{100, 5'000, 70'000};
  std::array<int, 3> forwarded{};
};

TEST_F(EncodingSelectorTest, NothingIsForwardedBeforeAKeyframe) {
  EXPECT_FALSE(send(kLow, false));
  EXPECT_FALSE(selector.selected().has_value());
  EXPECT_FALSE(selector.wanted(now).has_value());
  EXPECT_TRUE(send(kLow, true));
  EXPECT_EQ(selector.selected(), kLow);
}

TEST_F(EncodingSelectorTest, TheLargestPictureIsForwardedWhateverTheOrder) {
  EXPECT_TRUE(send(kMiddle, true));
  EXPECT_FALSE(send(kLow, true));
  EXPECT_TRUE(send(kHigh, true)) << "at once: it is larger";
  EXPECT_FALSE(send(kMiddle, false));
  EXPECT_FALSE(send(kMiddle, true));
  EXPECT_TRUE(send(kHigh, false));
}

TEST_F(EncodingSelectorTest, ALargerOneIsChangedToAtItsKeyframeOnly) {
  send(kLow, true);
  has_begun.fill(true);
  EXPECT_FALSE(send(kHigh, false)) << "its size is not known yet";
  EXPECT_FALSE(selector.wanted(now).has_value());
  run_for(1'200 * kMillisecond);
  EXPECT_EQ(selector.selected(), kHigh) << "but then its bit rate";
}

TEST_F(EncodingSelectorTest, WithoutSizesTheHighestBitRateIsForwarded) {
  says_size = false;
  run_for(3 * kSecond);
  EXPECT_EQ(selector.selected(), kHigh);
}

TEST_F(EncodingSelectorTest, WhenItStopsTheNextLargestIsTaken) {
  run_for(2 * kSecond);
  ASSERT_EQ(selector.selected(), kHigh);
  is_on[kHigh] = false;
  run_for(900 * kMillisecond);
  EXPECT_EQ(selector.selected(), kHigh);
  run_for(300 * kMillisecond);
  EXPECT_EQ(selector.selected(), kMiddle);
  is_on[kMiddle] = false;
  run_for(1'200 * kMillisecond);
  EXPECT_EQ(selector.selected(), kLow);
}

TEST_F(EncodingSelectorTest, WhatHasStoppedIsGoneBackToWhenItHasComeForAWhile) {
  run_for(2 * kSecond);
  is_on[kHigh] = false;
  run_for(4 * kSecond);
  ASSERT_EQ(selector.selected(), kMiddle);
  // It comes and goes.
  for (int i = 0; i < 4; ++i) {
    is_on[kHigh] = true;
    run_for(EncodingSelector::kReturnAfter - 100 * kMillisecond);
    EXPECT_EQ(selector.selected(), kMiddle);
    is_on[kHigh] = false;
    run_for(3 * kSecond);
  }
  is_on[kHigh] = true;
  run_for(EncodingSelector::kReturnAfter + 100 * kMillisecond);
  EXPECT_EQ(selector.selected(), kHigh);
}

TEST_F(EncodingSelectorTest, WhenAllAreSilentItStays) {
  run_for(2 * kSecond);
  is_on.fill(false);
  run_for(10 * kSecond);
  EXPECT_EQ(selector.selected(), kHigh);
  EXPECT_FALSE(selector.wanted(now).has_value());
  is_on.fill(true);
  run_for(200 * kMillisecond);
  EXPECT_EQ(selector.selected(), kHigh);
}

TEST_F(EncodingSelectorTest, AFrameASecondIsNotAStop) {
  frame_interval = 1'050 * kMillisecond;
  run_for(3 * kSecond);
  ASSERT_EQ(selector.selected(), kHigh);
  const int before = forwarded[kMiddle] + forwarded[kLow];
  run_for(60 * kSecond);
  EXPECT_EQ(forwarded[kMiddle] + forwarded[kLow], before);
}

TEST_F(EncodingSelectorTest, AnOldKeyframeIsNothingToBeginWith) {
  send(kLow, true);
  send(kHigh, false);
  const auto late = selector.take({.encoding = kHigh,
                                   .source = 1,
                                   .sequence = sequence[kHigh] - 1,
                                   .is_keyframe_start = true,
                                   .pixels = kPixels[kHigh]},
                                  now);
  EXPECT_FALSE(late);
  EXPECT_EQ(selector.selected(), kLow);
}

TEST_F(EncodingSelectorTest, AnotherSsrcOfTheSelectedOneCountsAsItself) {
  run_for(2 * kSecond);
  source[kHigh] = 2;
  sequence[kHigh] = 1;
  run_for(5 * kSecond);
  EXPECT_EQ(selector.selected(), kHigh);
}

TEST_F(EncodingSelectorTest, APictureThatBecomesTheSmallerOneIsLeft) {
  run_for(2 * kSecond);
  selector.take({.encoding = kHigh,
                 .source = 1,
                 .sequence = ++sequence[kHigh],
                 .is_keyframe_start = true,
                 .pixels = 80 * 60},
                now);
  EXPECT_EQ(selector.wanted(now), kMiddle);
  EXPECT_TRUE(send(kMiddle, true));
}

}  // namespace
}  // namespace penstock
