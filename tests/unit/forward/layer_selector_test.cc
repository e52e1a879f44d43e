#include "dataplane/forward/layer_selector.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

// Encodings 2, 0 and 1, from the smallest picture to the largest.
class LayerSelectorTest : public testing::Test {
 protected:
  using Choice = LayerSelector::Choice;

  LayerSelectorTest() { EXPECT_FALSE(update(3)); }

  bool update(std::size_t count, std::uint8_t silence_of_largest = 0) {
    LayerRates rates{.spatial = {}, .count = count, .version = ++version};
    rates.spatial[0].encoding = 2;
    rates.spatial[1].encoding = 0;
    rates.spatial[2].encoding = 1;
    rates.spatial[2].silence = silence_of_largest;
    return selector.update(rates, static_cast<std::uint8_t>(version));
  }
  Choice choose(std::uint8_t encoding, bool is_keyframe) {
    PacketLayer packet;
    packet.encoding = encoding & 3U;
    const Choice choice = selector.choose(packet, is_keyframe);
    if (choice == Choice::kBegin) selector.begin(encoding);
    return choice;
  }

  LayerSelector selector;
  std::uint32_t version = 0;
};

TEST_F(LayerSelectorTest, WithoutALimitTheLargestIsTakenFromItsKeyframeOn) {
  EXPECT_EQ(choose(1, false), Choice::kWait);
  EXPECT_EQ(choose(1, true), Choice::kBegin);
  EXPECT_EQ(choose(1, false), Choice::kTake);
  EXPECT_EQ(choose(0, true), Choice::kLeave);
  EXPECT_EQ(selector.rank(), 2);
}

TEST_F(LayerSelectorTest, ASmallerOneIsBetterThanNothing) {
  EXPECT_EQ(choose(2, false), Choice::kLeave);
  EXPECT_EQ(choose(2, true), Choice::kBegin);
  EXPECT_EQ(choose(0, true), Choice::kLeave) << "not what is wanted, and there is something";
  EXPECT_EQ(choose(1, true), Choice::kBegin);
}

TEST_F(LayerSelectorTest, WhatIsSilentForLongerThanTheReceiverBearsIsLeftForTheNext) {
  selector.set_fallback(300 * kMillisecond);
  choose(1, true);
  EXPECT_FALSE(update(3, 1));
  EXPECT_EQ(choose(0, true), Choice::kLeave) << "not as long as that";
  EXPECT_FALSE(update(3, 2));
  EXPECT_EQ(choose(0, false), Choice::kWait);
  EXPECT_EQ(choose(1, false), Choice::kTake) << "it goes on until then";
  EXPECT_EQ(choose(0, true), Choice::kBegin);
  EXPECT_FALSE(update(3));
  EXPECT_EQ(choose(1, true), Choice::kBegin);
}

TEST_F(LayerSelectorTest, AsLongAsNothingElseIsAskedForItBearsEverythingThatHasNotStopped) {
  choose(1, true);
  EXPECT_FALSE(update(3, 3));
  EXPECT_EQ(choose(0, true), Choice::kLeave);
}

TEST_F(LayerSelectorTest, ALargerOneThanTheLimitIsNotTakenEvenWhenThereIsNothing) {
  selector.set_limit({1, 3});
  EXPECT_EQ(choose(1, true), Choice::kLeave);
  EXPECT_EQ(choose(0, true), Choice::kBegin);
}

TEST_F(LayerSelectorTest, WhenTheReceiverWantsLessTheOldOneGoesOnUntilTheNewOneBegins) {
  choose(1, true);
  selector.set_limit({0, 3});
  EXPECT_EQ(choose(1, false), Choice::kTake);
  EXPECT_EQ(choose(2, false), Choice::kWait);
  EXPECT_EQ(choose(2, true), Choice::kBegin);
  EXPECT_EQ(choose(1, true), Choice::kLeave);
}

TEST_F(LayerSelectorTest, WhenItsWayCanTakeLessTheOldOneEndsAtOnce) {
  choose(1, true);
  EXPECT_TRUE(selector.set_target(Layer{1, 3}));
  EXPECT_EQ(choose(1, false), Choice::kLeave);
  EXPECT_FALSE(selector.rank().has_value());
  EXPECT_EQ(choose(2, true), Choice::kBegin) << "better than nothing";
  EXPECT_EQ(choose(0, true), Choice::kBegin);
  EXPECT_FALSE(selector.set_target(Layer{2, 3})) << "up again";
  EXPECT_EQ(choose(0, false), Choice::kTake);
}

TEST_F(LayerSelectorTest, ALimitEndsNothingThoughThereIsAnAllocation) {
  choose(1, true);
  EXPECT_FALSE(selector.set_target(Layer{2, 3}));
  selector.set_limit({0, 3});
  EXPECT_EQ(choose(1, false), Choice::kTake);
}

TEST_F(LayerSelectorTest, TheTargetIsNeverAboveTheLimit) {
  selector.set_limit({1, 1});
  EXPECT_FALSE(selector.set_target(Layer{2, 0}));
  EXPECT_EQ(selector.target(), (Layer{1, 0}));
}

TEST_F(LayerSelectorTest, NothingIsTakenOfAStreamForWhichThereIsNoRoom) {
  choose(1, true);
  EXPECT_TRUE(selector.set_target(std::nullopt));
  EXPECT_EQ(choose(1, true), Choice::kLeave);
  EXPECT_EQ(choose(2, true), Choice::kLeave);
  EXPECT_EQ(selector.taken(), 0);
  EXPECT_FALSE(selector.set_target(Layer{0, 0}));
  EXPECT_EQ(choose(2, true), Choice::kBegin);
}

TEST_F(LayerSelectorTest, WhatStopsComingIsReplacedByTheNextThatComes) {
  choose(1, true);
  EXPECT_FALSE(update(2));
  EXPECT_EQ(choose(1, false), Choice::kTake) << "the last of it";
  EXPECT_EQ(choose(0, true), Choice::kBegin);
  EXPECT_FALSE(update(3));
  EXPECT_EQ(choose(0, false), Choice::kTake);
  EXPECT_EQ(choose(1, true), Choice::kBegin);
}

TEST_F(LayerSelectorTest, WhatItTakesOrWaitsForIsTold) {
  EXPECT_EQ(selector.taken(), 0b111) << "anything";
  choose(1, true);
  EXPECT_EQ(selector.taken(), 0b010);
  selector.set_limit({0, 3});
  EXPECT_EQ(selector.taken(), 0b110);
  EXPECT_EQ(selector.wanting(), 0b110);
}

TEST_F(LayerSelectorTest, AKeyframeIsRefusedTwiceAtMost) {
  EXPECT_TRUE(selector.refuse());
  EXPECT_TRUE(selector.refuse());
  EXPECT_FALSE(selector.refuse());
  selector.begin(0);
  EXPECT_TRUE(selector.refuse());
}

TEST_F(LayerSelectorTest, AfterARestartNothingIsKnown) {
  choose(1, true);
  selector.restart();
  EXPECT_FALSE(selector.knows(static_cast<std::uint8_t>(version)));
  EXPECT_FALSE(selector.rank().has_value());
}

}  // namespace
}  // namespace penstock
