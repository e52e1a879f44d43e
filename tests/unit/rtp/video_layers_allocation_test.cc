#include "dataplane/rtp/video_layers_allocation.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Streams = std::array<std::uint8_t, 4>;

// Three streams of one layer each: 150, 500 and 2,500 kb/s.
const Bytes kThree = {0xA1, 0x00, 0x96, 0x01, 0xF4, 0x03, 0xC4, 0x13};
// The first and the third of them, in 320x180 and 1280x720 at 30 frames/s.
const Bytes kTwoWithSizes = {0x20, 0x10, 0x10, 0x00, 0x96, 0x01, 0xC4, 0x13, 0x01,
                             0x3F, 0x00, 0xB3, 0x1E, 0x04, 0xFF, 0x02, 0xCF, 0x1E};
// One stream of three spatial layers with two temporal layers each.
const Bytes kScalable = {0x07, 0x54, 10, 20, 30, 40, 50, 60};

TEST(VideoLayersAllocation, AllStreamsMayHaveTheSameLayers) {
  const auto read = parse_video_layers_allocation(kThree);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_index, 2);
  EXPECT_EQ(read->stream_count, 3);
  EXPECT_EQ(read->active, (Streams{1, 1, 1, 0}));
  EXPECT_EQ(read->pixels[2], 0U) << "not said";
}

TEST(VideoLayersAllocation, StreamsMayHaveLayersOfTheirOwnAndSizes) {
  const auto read = parse_video_layers_allocation(kTwoWithSizes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_index, 0);
  EXPECT_EQ(read->active, (Streams{1, 0, 1, 0}));
  EXPECT_EQ(read->pixels[0], 320U * 180U);
  EXPECT_EQ(read->pixels[1], 0U);
  EXPECT_EQ(read->pixels[2], 1'280U * 720U);
}

TEST(VideoLayersAllocation, OneStreamMayHaveSpatialLayers) {
  const auto read = parse_video_layers_allocation(kScalable);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_count, 1);
  EXPECT_EQ(read->active, (Streams{7, 0, 0, 0}));
}

TEST(VideoLayersAllocation, OneByteSaysThatNothingIsSent) {
  const auto read = parse_video_layers_allocation(Bytes{0});
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_active());
}

TEST(VideoLayersAllocation, MalformedOnesAreRefused) {
  EXPECT_FALSE(parse_video_layers_allocation({}));
  EXPECT_FALSE(parse_video_layers_allocation(Bytes{0xC1, 0, 1})) << "of a stream that there is not";
  EXPECT_FALSE(parse_video_layers_allocation(Bytes{0x01, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 1}));
  for (const Bytes& whole : {kThree, kTwoWithSizes, kScalable}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const bool ends_before_sizes = whole == kTwoWithSizes && size == 8;
      EXPECT_EQ(parse_video_layers_allocation(std::span(whole).first(size)).has_value(),
                ends_before_sizes)
          << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(parse_video_layers_allocation(longer));
  }
}

}  // namespace
}  // namespace penstock
