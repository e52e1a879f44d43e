#include "dataplane/rtp/payload/dependency_structure.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/svc_model.h"

namespace penstock {
namespace {

using Bits = BitString;

enum : std::uint8_t { kNo = 0, kDiscard = 1, kSwitchTo = 2, kRequire = 3 };

// Start, end, template 10 + `index`, frame 0x1234.
Bits mandatory(std::uint32_t index) { return Bits().put(2, 3).put(6, 10 + index).put(16, 0x1234); }

// Two temporal layers for two decode targets: a key frame, a frame of each layer.
Bits two_temporal_layers() {
  Bits bits = mandatory(0);
  bits.put(5, 0b10000);                // a structure
  bits.put(6, 10).put(5, 1);           // ids from 10 on, two decode targets
  bits.put(2, 0).put(2, 1).put(2, 3);  // T0, T0, T1
  bits.put(2, kSwitchTo).put(2, kSwitchTo);
  bits.put(2, kSwitchTo).put(2, kRequire);
  bits.put(2, kNo).put(2, kDiscard);
  bits.put(1, 0).put(1, 1).put(4, 1).put(1, 0).put(1, 1).put(4, 0).put(1, 0);  // differences
  bits.put(2, 2);                      // one chain (ns(3): 1 is 10)
  bits.put(4, 0).put(4, 2).put(4, 1);  // its differences
  bits.put(1, 1).put(16, 639).put(16, 359);
  return bits;
}

TEST(DependencyStructure, NothingIsKnownBeforeAStructure) {
  DependencyStructure structure;
  EXPECT_FALSE(structure.read(mandatory(0).bytes()));
  EXPECT_FALSE(structure.read({}));
  EXPECT_FALSE(structure.read(std::vector<std::uint8_t>{0x80, 0}));
}

TEST(DependencyStructure, TheStructureComesWithAKeyframeAndSaysItsSize) {
  DependencyStructure structure;
  const auto frame = structure.read(two_temporal_layers().bytes());
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->is_keyframe && frame->is_frame_start && frame->is_frame_end);
  EXPECT_EQ(frame->temporal_layer, 0);
  EXPECT_EQ(frame->temporal_switch, 1);
  EXPECT_EQ(frame->pixels, 640U * 360U);
}

TEST(DependencyStructure, LaterFramesNameATemplate) {
  DependencyStructure structure;
  ASSERT_TRUE(structure.read(two_temporal_layers().bytes()));
  const auto base = structure.read(mandatory(1).bytes());
  ASSERT_TRUE(base);
  EXPECT_FALSE(base->is_keyframe);
  EXPECT_EQ(base->temporal_layer, 0);
  EXPECT_EQ(base->temporal_switch, 0) << "required for the other";
  const auto upper = structure.read(mandatory(2).bytes());
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->temporal_layer, 1);
  EXPECT_FALSE(upper->temporal_switch.has_value());
  EXPECT_FALSE(structure.read(mandatory(3).bytes())) << "no such template";
}

TEST(DependencyStructure, AFrameMayHaveIndicationsOfItsOwn) {
  DependencyStructure structure;
  ASSERT_TRUE(structure.read(two_temporal_layers().bytes()));
  Bits bits = mandatory(1);
  bits.put(5, 0b00100).put(2, kSwitchTo).put(2, kSwitchTo);
  EXPECT_EQ(structure.read(bits.bytes())->temporal_switch, 1);
}

TEST(DependencyStructure, SpatialLayersAreCounted) {
  Bits bits = mandatory(0);
  bits.put(5, 0b10000).put(6, 10).put(5, 1);
  bits.put(2, 2).put(2, 3);  // S0, S1
  bits.put(2, kSwitchTo).put(2, kSwitchTo).put(2, kNo).put(2, kSwitchTo);
  bits.put(1, 0).put(1, 0);
  bits.put(1, 0);  // no chain (ns(3): 0)
  bits.put(1, 0);
  DependencyStructure structure;
  const auto frame = structure.read(bits.bytes());
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->spatial_switch, 1);
  EXPECT_EQ(structure.read(mandatory(1).bytes())->spatial_layer, 1);
}

// Of each frame of K-SVC, who does without it.
TEST(DependencyStructure, LowerLayersAreNotForUpperOnesWhereTheyAreNotPresent) {
  DependencyStructure structure;
  const SvcModel model(3, 3, true);
  const auto not_for = [&](unsigned spatial, unsigned temporal, bool is_of_keyframe) {
    const auto frame = structure.read(model.descriptor(
        {.spatial = spatial, .temporal = temporal, .is_of_keyframe = is_of_keyframe, .number = 1}));
    return frame ? int{frame->not_for_spatial} : -1;
  };
  EXPECT_EQ(not_for(0, 0, true), 0);
  EXPECT_EQ(not_for(1, 0, true), 0);
  EXPECT_EQ(not_for(0, 0, false), 0b110);
  EXPECT_EQ(not_for(0, 2, false), 0b110);
  EXPECT_EQ(not_for(1, 1, false), 0b100);
  EXPECT_EQ(not_for(2, 0, false), 0);
}

TEST(DependencyStructure, FramesOfLowerLayersAreForUpperOnesOfSvc) {
  DependencyStructure structure;
  const SvcModel model(3, 3, false);
  ASSERT_TRUE(structure.read(model.descriptor({.is_of_keyframe = true})));
  const auto base = structure.read(model.descriptor({.temporal = 0, .number = 3}));
  ASSERT_TRUE(base);
  EXPECT_EQ(base->not_for_spatial, 0);
  const auto upper = structure.read(model.descriptor({.temporal = 2, .number = 6}));
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->not_for_spatial, 0) << "they have other frames, but not another layer";
}

TEST(DependencyStructure, DecodeTargetsThatAreSwitchedOffAreNotThere) {
  DependencyStructure structure;
  const SvcModel model(3, 1, false);
  const auto top = [&](const SvcFrame& frame, std::optional<std::uint32_t> active = {}) {
    const auto read = structure.read(model.descriptor(frame, active));
    return read ? int{read->spatial_top} : -1;
  };
  EXPECT_EQ(top({.is_of_keyframe = true, .number = 10}), 2);
  EXPECT_EQ(top({.number = 13}, 0b011), 1);
  EXPECT_EQ(top({.number = 14}), 1) << "from then on";
  EXPECT_EQ(top({.number = 12}, 0b111), 1) << "what was said before comes late";
  EXPECT_EQ(top({.number = 15}, 0b111), 2);
  EXPECT_EQ(top({.is_of_keyframe = true, .number = 16}, 0b001), 0);
  EXPECT_EQ(top({.is_of_keyframe = true, .number = 17}), 2) << "a structure begins with all";
}

TEST(DependencyStructure, OneThatEndsTooEarlyIsForgotten) {
  DependencyStructure structure;
  ASSERT_TRUE(structure.read(two_temporal_layers().bytes()));
  auto bytes = two_temporal_layers().bytes();
  bytes.resize(bytes.size() - 3);
  EXPECT_FALSE(structure.read(bytes));
  EXPECT_FALSE(structure.read(mandatory(0).bytes()));
}

}  // namespace
}  // namespace penstock
