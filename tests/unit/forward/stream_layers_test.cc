#include "dataplane/forward/stream_layers.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

namespace penstock {
namespace {

// Three encodings, listed upwards, each a frame every 33 ms while it is on.
class StreamLayersTest : public testing::Test {
 protected:
  StreamLayersTest() { is_on.fill(true); }

  void send(std::size_t row) {
    const bool is_first = !std::exchange(has_begun[row], true);
    layers.take({.row = row,
                 .temporal = temporals[row] == 0 ? 0 : frames[row]++ % temporals[row],
                 .timestamp = static_cast<std::uint32_t>(now / kMillisecond * 90),
                 .bytes = frame_bytes[row],
                 .pixels = is_first ? pixels[row] : 0,
                 .is_for_above = is_for_above},
                now);
  }
  void run_for(Duration duration) {
    for (const Timestamp end = now + duration; now < end; now += frame_interval) {
      for (std::size_t i = 0; i < is_on.size(); ++i) {
        if (is_on[i]) send(i);
      }
    }
  }
  std::vector<int> ranked() const {
    std::vector<int> encodings;
    const LayerRates rates = layers.published().get();
    for (std::size_t i = 0; i < rates.count; ++i) encodings.push_back(rates.spatial[i].encoding);
    return encodings;
  }
  std::uint32_t bps(std::uint8_t spatial, std::uint8_t temporal) const {
    return layers.published().get().bps({spatial, temporal});
  }

  StreamLayers layers{true};
  Timestamp now = kSecond;
  bool is_for_above = true;
  Duration frame_interval = 33 * kMillisecond;
  std::array<std::uint32_t, 3> pixels{160 * 120, 320 * 240, 640 * 480};
  std::array<std::size_t, 3> frame_bytes{1'000, 3'000, 9'000};
  std::array<std::size_t, 3> temporals{};
  std::array<std::size_t, 3> frames{};
  std::array<bool, 3> is_on{};
  std::array<bool, 3> has_begun{};
};

using Encodings = std::vector<int>;
using Active = std::array<std::uint8_t, VideoLayersAllocation::kStreamsMax>;

TEST_F(StreamLayersTest, EncodingsAreRankedByTheirPicturesWhateverTheirOrder) {
  pixels = {640 * 480, 160 * 120, 320 * 240};
  run_for(100 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{1, 2, 0}));
  EXPECT_EQ(layers.published().get().spatial[2].pixels, 640U * 480U);
  EXPECT_TRUE(layers.is_smallest(1));
  EXPECT_FALSE(layers.is_smallest(2));
}

TEST_F(StreamLayersTest, WithoutSizesTheyAreRankedByRate) {
  pixels = {};
  frame_bytes = {9'000, 1'000, 3'000};
  run_for(kSecond);
  EXPECT_EQ(ranked(), (Encodings{1, 2, 0}));
}

TEST_F(StreamLayersTest, TwoOfAboutOneRateDoNotChangePlaces) {
  pixels = {};
  frame_bytes = {1'000, 1'100, 9'000};
  run_for(kSecond);
  const std::uint32_t version = layers.version();
  frame_bytes = {1'100, 1'000, 9'000};
  run_for(3 * kSecond);
  EXPECT_EQ(layers.version(), version);
}

TEST_F(StreamLayersTest, RatesOfGigabitsAreRankedToo) {
  pixels = {};
  frame_bytes = {1'500'000, 5'000'000, 15'000'000};  // 3.6 Gb/s
  run_for(2 * kSecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
}

TEST_F(StreamLayersTest, WhatHasNotComeHasNoRank) {
  is_on = {true, true, false};
  run_for(kSecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1}));
  EXPECT_EQ(bps(2, 0), 0U);
}

TEST_F(StreamLayersTest, TheRateIsThatOfTheLastSecond) {
  run_for(2 * kSecond);
  EXPECT_NEAR(bps(2, 0), 9'000 * 8 * 1'000 / 33, 9'000 * 8 * 2);
  frame_bytes[2] = 3'000;
  run_for(1'300 * kMillisecond);
  EXPECT_NEAR(bps(2, 0), 3'000 * 8 * 1'000 / 33, 3'000 * 8 * 2);
}

TEST_F(StreamLayersTest, WhatIsAboveTheLimitIsMeasuredButNotPublished) {
  temporals = {2, 2, 2};
  run_for(2 * kSecond);
  const std::uint32_t version = layers.version();
  layers.set_limit({1, 3});
  EXPECT_EQ(ranked(), (Encodings{0, 1}));
  EXPECT_NE(layers.version(), version) << "receivers have to look";
  EXPECT_GT(bps(1, 1), 0U);
  layers.set_limit({0, 0});
  run_for(kSecond);
  EXPECT_EQ(ranked(), (Encodings{0}));
  EXPECT_GT(bps(0, 0), 0U);
  EXPECT_EQ(bps(0, 1), 0U);
  EXPECT_EQ(layers.rates().count, 3U);
  EXPECT_GT(layers.rates().bps({2, 1}), layers.rates().bps({2, 0}));
  layers.set_limit(kHighestLayer);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
  EXPECT_GT(bps(2, 1), 0U);
}

TEST_F(StreamLayersTest, ForHowLongAnEncodingIsSilentIsToldInQuartersOfASecond) {
  run_for(2 * kSecond);
  const std::uint32_t version = layers.version();
  is_on[2] = false;
  const auto silence = [&] { return int{layers.published().get().spatial[2].silence}; };
  run_for(200 * kMillisecond);
  EXPECT_EQ(silence(), 0);
  EXPECT_EQ(layers.version(), version);
  run_for(400 * kMillisecond);
  EXPECT_GE(silence(), 1);
  EXPECT_LE(silence(), 2);
  EXPECT_NE(layers.version(), version) << "receivers have to look";
  is_on[2] = true;
  run_for(300 * kMillisecond);
  EXPECT_EQ(silence(), 0);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
}

TEST_F(StreamLayersTest, BetweenFramesThatAreFarApartNobodyIsSilent) {
  frame_interval = 400 * kMillisecond;
  run_for(4 * kSecond);
  for (const LayerRates::Spatial& spatial : layers.published().get().spatial)
    EXPECT_EQ(spatial.silence, 0);
}

TEST_F(StreamLayersTest, WhatHasJustBegunDoesNotSeemToCostNothing) {
  run_for(kMillisecond);
  EXPECT_GT(bps(2, 0), 0U);
}

TEST_F(StreamLayersTest, ATemporalLayerCostsWhatTheOnesBelowCostToo) {
  temporals = {0, 0, 2};
  run_for(2 * kSecond);
  const std::uint32_t all = 9'000 * 8 * 1'000 / 33;
  EXPECT_NEAR(bps(2, 0), all / 2, 9'000 * 8 * 2);
  EXPECT_NEAR(bps(2, 1), all, 9'000 * 8 * 2);
  EXPECT_EQ(bps(2, 2), 0U) << "there is none";
}

TEST_F(StreamLayersTest, ASpatialLayerOfSvcNeedsTheOnesBelow) {
  layers.restart(false);
  run_for(2 * kSecond);
  EXPECT_NEAR(bps(2, 0), 13'000 * 8 * 1'000 / 33, 13'000 * 8 * 2);
  EXPECT_EQ(ranked(), (Encodings{0, 0, 0})) << "one encoding";
  is_on[1] = false;
  run_for(2 * kSecond);
  EXPECT_EQ(layers.published().get().count, 1U) << "the one above cannot be decoded";
}

TEST_F(StreamLayersTest, OfKeySvcALayerCostsWhatItNeedsOfTheOnesBelow) {
  layers.restart(false);
  is_for_above = false;
  run_for(2 * kSecond);
  EXPECT_NEAR(bps(2, 0), 9'000 * 8 * 1'000 / 33, 9'000 * 8 * 2);
  EXPECT_NEAR(bps(0, 0), 1'000 * 8 * 1'000 / 33, 1'000 * 8 * 2);
}

TEST_F(StreamLayersTest, WhatThePublisherSaysItStoppedLosesItsRankAtOnce) {
  layers.restart(false);
  run_for(kSecond);
  EXPECT_EQ(layers.spatial_top(), 2U);
  const std::uint32_t version = layers.version();
  layers.stop_above(2);
  EXPECT_EQ(layers.version(), version);
  layers.stop_above(0);
  EXPECT_EQ(layers.spatial_top(), 0U);
  EXPECT_EQ(layers.published().get().count, 1U);
  EXPECT_NE(layers.version(), version);
}

TEST_F(StreamLayersTest, AnEncodingThatThePublisherSaysItStoppedLosesItsRankAtOnce) {
  // Streams are numbered as the publisher likes: only packets of theirs say which is which.
  const auto announce = [&](std::uint8_t index, std::size_t encoding, Active active) {
    layers.announce({.stream_index = index, .stream_count = 3, .active = active, .pixels = {}},
                    encoding);
  };
  run_for(kSecond);
  announce(2, 0, {1, 1, 1, 0});
  announce(1, 1, {0, 1, 1, 0});
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2})) << "which one has stopped is not known";
  announce(0, 2, {1, 1, 1, 0});
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
  announce(1, 1, {0, 1, 1, 0});
  EXPECT_EQ(ranked(), (Encodings{0, 1}));
  announce(1, 1, {0, 0, 0, 0});
  EXPECT_EQ(ranked(), (Encodings{0, 1})) << "where nothing comes ranks stay";
}

TEST_F(StreamLayersTest, ASpatialLayerThatThePublisherSaysItStoppedIsNotThere) {
  layers.restart(false);
  run_for(kSecond);
  layers.announce({.active = {0b011}, .pixels = {}}, 0);
  EXPECT_EQ(layers.spatial_top(), 1U);
}

TEST_F(StreamLayersTest, SizesThatPicturesDoNotTellThePublisherMay) {
  pixels = {};
  frame_bytes = {9'000, 1'000, 3'000};
  run_for(kSecond);
  EXPECT_EQ(ranked(), (Encodings{1, 2, 0})) << "by rate";
  for (std::uint8_t i = 0; i < 3; ++i) {
    layers.announce({.stream_index = i,
                     .stream_count = 3,
                     .active = {1, 1, 1, 0},
                     .pixels = {160 * 120, 320 * 240, 640 * 480, 0}},
                    i);
  }
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
  EXPECT_EQ(layers.published().get().spatial[2].pixels, 640U * 480U);
}

TEST_F(StreamLayersTest, WhatStopsLosesItsRank) {
  run_for(kSecond);
  const std::uint32_t version = layers.version();
  is_on[2] = false;
  run_for(StreamLayers::kStoppedAfter - 100 * kMillisecond);
  EXPECT_EQ(layers.published().get().count, 3U);
  run_for(500 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1}));
  EXPECT_NE(layers.version(), version);
}

TEST_F(StreamLayersTest, WhatHasStoppedCountsAgainWhenItHasComeForAWhile) {
  run_for(kSecond);
  is_on[2] = false;
  run_for(3 * kSecond);
  is_on[2] = true;
  run_for(StreamLayers::kReturnAfter - 300 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1}));
  run_for(600 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
}

TEST_F(StreamLayersTest, WhenNothingElseComesWhatReturnsCountsAtOnce) {
  run_for(kSecond);
  is_on[2] = false;
  run_for(3 * kSecond);
  is_on = {false, false, true};
  run_for(1'500 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{2}));
}

TEST_F(StreamLayersTest, WhenAllAreSilentRanksStay) {
  run_for(kSecond);
  now += 10 * kSecond;
  run_for(100 * kMillisecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
}

TEST_F(StreamLayersTest, AtAFrameASecondNothingSeemsToStop) {
  frame_interval = 1'100 * kMillisecond;
  run_for(10 * kSecond);
  EXPECT_EQ(ranked(), (Encodings{0, 1, 2}));
}

TEST_F(StreamLayersTest, OfSilenceRatesAreZero) {
  run_for(kSecond);
  layers.silence();
  EXPECT_EQ(bps(2, 0), 0U);
  EXPECT_EQ(layers.published().get().count, 3U);
}

}  // namespace
}  // namespace penstock
