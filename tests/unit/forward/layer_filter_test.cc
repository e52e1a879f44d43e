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

// Three spatial layers that need each other in keyframes only.
class KeySvcTest : public testing::Test {
 protected:
  // Returns which spatial layers of a picture the receiver gets, a bit for each.
  int picture(bool is_keyframe = false, int layers = 3) {
    ++number_;
    int taken = 0;
    for (int spatial = 0; spatial < layers; ++spatial) {
      PacketLayer packet;
      packet.is_layered = true;
      packet.spatial = static_cast<unsigned>(spatial) & 3U;
      packet.spatial_top = static_cast<unsigned>(layers - 1) & 3U;
      packet.not_for_spatial = is_keyframe ? 0 : (7U << spatial) & 7U;
      packet.is_inter_picture_predicted = !is_keyframe;
      const bool is_start = is_keyframe && spatial == 0;
      if (filter.take(packet, number_ * 3'000, is_start)) taken |= 1 << spatial;
    }
    return taken;
  }

  LayerFilter filter;
  std::uint32_t number_ = 0;
};

TEST_F(KeySvcTest, OnlyTheHighestLayerGoesBetweenKeyframes) {
  filter.set_target({1, 0});
  EXPECT_EQ(picture(true), 0b011);
  EXPECT_EQ(picture(), 0b010);
  EXPECT_EQ(picture(true), 0b011);
  EXPECT_FALSE(filter.wants_keyframe() || filter.needs_keyframe());
}

TEST_F(KeySvcTest, TheHighestIsTheHighestThatComes) {
  filter.set_target(kHighestLayer);
  EXPECT_EQ(picture(true), 0b111);
  EXPECT_EQ(picture(), 0b100);
  EXPECT_FALSE(filter.wants_keyframe());
}

TEST_F(KeySvcTest, LessGoesOnUntilAKeyframe) {
  filter.set_target({2, 0});
  EXPECT_EQ(picture(true), 0b111);
  EXPECT_EQ(picture(), 0b100);
  filter.set_target({0, 0});
  EXPECT_EQ(picture(), 0b100) << "nothing of the lower layer was sent";
  EXPECT_TRUE(filter.wants_keyframe());
  EXPECT_FALSE(filter.needs_keyframe());
  EXPECT_EQ(picture(true), 0b001);
  EXPECT_EQ(picture(), 0b001);
  EXPECT_FALSE(filter.wants_keyframe());
}

TEST_F(KeySvcTest, WhatTheWayHasNoRoomForCannotGoOn) {
  filter.set_target({2, 0});
  picture(true);
  picture();
  filter.set_target({0, 0}, 0);
  picture();
  EXPECT_TRUE(filter.needs_keyframe());
}

TEST_F(KeySvcTest, RightAfterAKeyframeALowerLayerIsThere) {
  filter.set_target({2, 0});
  EXPECT_EQ(picture(true), 0b111);
  filter.set_target({1, 0}, 1);
  EXPECT_EQ(picture(), 0b010);
  EXPECT_FALSE(filter.needs_keyframe());
}

TEST_F(KeySvcTest, ALayerThatComesNoMoreLeavesNothing) {
  filter.set_target({2, 0});
  picture(true);
  picture();
  picture(false, 2);
  EXPECT_TRUE(filter.needs_keyframe());
  filter.restart();
  EXPECT_EQ(picture(true, 2), 0b011);
  EXPECT_EQ(picture(false, 2), 0b010);
  EXPECT_FALSE(filter.wants_keyframe() || filter.needs_keyframe()) << "there is no more";
}

TEST_F(KeySvcTest, MoreIsWantedUntilAKeyframe) {
  filter.set_target({0, 0});
  EXPECT_EQ(picture(true), 0b001);
  filter.set_target({2, 0});
  EXPECT_EQ(picture(), 0b001);
  EXPECT_TRUE(filter.wants_keyframe());
  EXPECT_EQ(picture(true), 0b111);
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
