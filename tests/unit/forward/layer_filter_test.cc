#include "dataplane/forward/layer_filter.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

class LayerFilterTest : public testing::Test {
 protected:
  // A packet of the picture `number`.
  bool take(int number, int temporal, bool is_sync = false, int spatial = 0,
            bool is_keyframe = false, bool needs_earlier = true) {
    PacketLayer packet;
    packet.is_layered = true;
    packet.temporal = static_cast<unsigned>(temporal) & 3U;
    packet.spatial = static_cast<unsigned>(spatial) & 3U;
    packet.is_temporal_sync = is_sync;
    packet.is_inter_picture_predicted = needs_earlier && !is_keyframe;
    return filter.take(packet, 0xFFFF'0000 + static_cast<std::uint32_t>(number) * 3'000,
                       is_keyframe);
  }
  void start(Layer target) {
    filter.set_target(target);
    EXPECT_TRUE(take(0, 0, false, 0, true));
  }

  LayerFilter filter;
};

TEST_F(LayerFilterTest, AStartHasWhatIsWantedAtOnce) {
  start({3, 2});
  EXPECT_TRUE(take(1, 2));
  EXPECT_TRUE(take(2, 1));
  EXPECT_FALSE(take(3, 3));
}

TEST_F(LayerFilterTest, FewerFramesWithTheNextFrame) {
  start({3, 2});
  EXPECT_TRUE(take(1, 2));
  filter.set_target({3, 0});
  EXPECT_TRUE(take(1, 2)) << "the rest of it";
  EXPECT_FALSE(take(2, 1));
  EXPECT_TRUE(take(3, 0));
}

TEST_F(LayerFilterTest, MoreFramesLayerByLayerFromWhereNoOthersOfThemAreNeeded) {
  start({3, 0});
  filter.set_target({3, 2});
  EXPECT_FALSE(take(1, 1, false));
  EXPECT_FALSE(take(2, 2, true)) << "the layer below comes first";
  EXPECT_TRUE(take(3, 1, true));
  EXPECT_FALSE(take(4, 2, false));
  EXPECT_TRUE(take(5, 2, true));
  EXPECT_TRUE(take(6, 2, false));
}

TEST_F(LayerFilterTest, WhatWasDecidedOfAFrameHoldsForItsLatePackets) {
  start({3, 0});
  EXPECT_FALSE(take(1, 2));
  EXPECT_TRUE(take(2, 0));
  filter.set_target({3, 2});
  EXPECT_FALSE(take(1, 2, true));
}

TEST_F(LayerFilterTest, AFrameThatComesLateAsAWholePasses) {
  start({3, 0});
  EXPECT_TRUE(take(2, 0));
  EXPECT_TRUE(take(1, 2)) << "a number was set aside for it";
}

TEST_F(LayerFilterTest, FewerSpatialLayersWithTheNextPicture) {
  start({2, 0});
  EXPECT_TRUE(take(1, 0, false, 0));
  EXPECT_TRUE(take(1, 0, false, 1));
  filter.set_target({0, 0});
  EXPECT_TRUE(take(1, 0, false, 2)) << "the rest of the picture";
  EXPECT_TRUE(take(2, 0, false, 0));
  EXPECT_FALSE(take(2, 0, false, 1));
}

TEST_F(LayerFilterTest, MoreSpatialLayersWhereAPictureNeedsNoOther) {
  start({0, 0});
  filter.set_target({2, 0});
  EXPECT_TRUE(take(1, 0, false, 0));
  EXPECT_FALSE(take(1, 0, false, 1));
  EXPECT_TRUE(take(2, 0, false, 0));
  EXPECT_TRUE(take(2, 0, false, 1, false, false)) << "only the layer below";
  EXPECT_TRUE(take(2, 0, false, 2, false, false));
  EXPECT_TRUE(take(3, 0, false, 0));
  EXPECT_TRUE(take(3, 0, false, 2));
}

TEST_F(LayerFilterTest, ThePictureEndsWithTheHighestLayerThatGoes) {
  start({1, 0});
  PacketLayer packet;
  packet.is_frame_end = true;
  packet.spatial = 1;
  EXPECT_TRUE(filter.ends_picture(packet));
  packet.spatial = 0;
  EXPECT_FALSE(filter.ends_picture(packet));
}

}  // namespace
}  // namespace penstock
