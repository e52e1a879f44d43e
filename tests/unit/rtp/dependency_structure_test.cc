#include "dataplane/rtp/payload/dependency_structure.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

// Writes bits, most significant first.
class Bits {
 public:
  Bits& put(unsigned count, std::uint32_t value) {
    for (unsigned i = count; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      if ((value >> i & 1U) != 0)
        bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | (0x80U >> (used_ % 8)));
      ++used_;
    }
    return *this;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t used_ = 0;
};

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
