// Goal: a receiver is told of exactly those decode targets that it gets, and what else a dependency
// descriptor says stays. Method: descriptors of a model, written anew and read again.
#include "dataplane/forward/active_targets.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "tests/support/svc_model.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

class ActiveTargetsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kSource = 7;

  // What the receiver gets in the place of `descriptor`.
  Bytes sent(const Bytes& descriptor, Layer shown) {
    targets.take(descriptor, kSource, shown);
    return again(descriptor);
  }
  // The same of what was sent before.
  Bytes again(const Bytes& descriptor) const {
    if (!targets.changes(descriptor, kSource)) return descriptor;
    std::array<std::uint8_t, ActiveTargets::kDescriptorBytesMax> bytes;
    const std::size_t size = targets.write(descriptor, bytes);
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
  }
  static SvcFrame keyframe(std::uint16_t number) {
    return {.is_of_keyframe = true, .number = number};
  }
  static SvcFrame frame(unsigned spatial, unsigned temporal, std::uint16_t number) {
    return {.spatial = spatial, .temporal = temporal, .number = number};
  }

  SvcModel model{3, 3, true};
  ActiveTargets targets;
};

TEST_F(ActiveTargetsTest, WhoGetsEverythingIsToldWhatThePublisherSays) {
  const Bytes key = model.descriptor(keyframe(1));
  EXPECT_EQ(sent(key, {2, 2}), key);
  const Bytes next = model.descriptor(frame(2, 1, 4));
  EXPECT_EQ(sent(next, {2, 2}), next);
  EXPECT_EQ(sent(next, {3, 3}), next);
}

TEST_F(ActiveTargetsTest, AStructureSaysWhatAReceiverOfFewerLayersGets) {
  EXPECT_EQ(sent(model.descriptor(keyframe(1)), {1, 0}),
            model.descriptor(keyframe(1), model.targets_up_to(1, 0)));
}

TEST_F(ActiveTargetsTest, FramesWithoutAStructureSayItToo) {
  sent(model.descriptor(keyframe(1)), {2, 2});
  EXPECT_EQ(sent(model.descriptor(frame(0, 1, 4)), {0, 1}),
            model.descriptor(frame(0, 1, 4), model.targets_up_to(0, 1)));
}

TEST_F(ActiveTargetsTest, WhatThePublisherHasSwitchedOffStaysOff) {
  sent(model.descriptor(keyframe(1)), {2, 2});
  const std::uint32_t active = model.targets_up_to(1, 2);
  const Bytes off = model.descriptor(frame(0, 0, 4), active);
  EXPECT_EQ(sent(off, {2, 2}), off) << "nothing less than that";
  EXPECT_EQ(sent(model.descriptor(frame(1, 0, 5)), {2, 0}),
            model.descriptor(frame(1, 0, 5), active & model.targets_up_to(2, 0)));
}

TEST_F(ActiveTargetsTest, MoreIsSaidUpToTheNextStructure) {
  sent(model.descriptor(keyframe(1)), {0, 0});
  EXPECT_EQ(sent(model.descriptor(frame(0, 2, 4)), {0, 2}),
            model.descriptor(frame(0, 2, 4), model.targets_up_to(0, 2)));
  EXPECT_EQ(sent(model.descriptor(frame(2, 0, 5)), {2, 2}),
            model.descriptor(frame(2, 0, 5), model.all_targets()))
      << "else it would go on with what it was told";
  const Bytes key = model.descriptor(keyframe(9));
  EXPECT_EQ(sent(key, {2, 2}), key);
  const Bytes next = model.descriptor(frame(2, 0, 10));
  EXPECT_EQ(sent(next, {2, 2}), next);
}

TEST_F(ActiveTargetsTest, WhatIsOfBeforeTheStructureOrOfAnotherSourceStays) {
  sent(model.descriptor(keyframe(0xFFFF)), {0, 0});
  EXPECT_FALSE(targets.changes(model.descriptor(frame(0, 0, 0xFFFE)), kSource));
  EXPECT_FALSE(targets.changes(model.descriptor(frame(0, 0, 3)), kSource + 1));
  EXPECT_TRUE(targets.changes(model.descriptor(frame(0, 0, 3)), kSource));
}

TEST_F(ActiveTargetsTest, WhatStandsBehindTheMaskIsKept) {
  // Indications of its own: 9 decode targets.
  const auto with_own = [&](bool has_mask, std::uint32_t mask) {
    BitString bits = model.bits(frame(0, 0, 4));
    bits.put(1, 0).put(1, has_mask).put(3, 0b100);
    if (has_mask) bits.put(9, mask);
    return bits.put(18, 0x2A5F1).bytes();
  };
  sent(model.descriptor(keyframe(1)), {0, 0});
  const std::uint32_t mask = model.targets_up_to(0, 0);
  const Bytes expected = with_own(true, mask);
  for (const Bytes& from : {with_own(false, 0), with_own(true, model.all_targets())}) {
    Bytes written = sent(from, {0, 0});
    ASSERT_GE(written.size(), expected.size());
    for (std::size_t i = expected.size(); i < written.size(); ++i) EXPECT_EQ(written[i], 0);
    written.resize(expected.size());
    EXPECT_EQ(written, expected);
  }
}

TEST_F(ActiveTargetsTest, BrokenDescriptorsAreLeftAlone) {
  sent(model.descriptor(keyframe(1)), {0, 0});
  EXPECT_FALSE(targets.changes(Bytes{0x80}, kSource));
  Bytes cut = model.descriptor(keyframe(5));
  cut.resize(cut.size() / 2);
  EXPECT_EQ(sent(cut, {0, 0}), cut) << "and what there was is forgotten";
  EXPECT_FALSE(targets.changes(model.descriptor(frame(0, 0, 6)), kSource));
}

}  // namespace
}  // namespace penstock
