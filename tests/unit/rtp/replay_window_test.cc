#include "dataplane/rtp/replay_window.h"

#include <gtest/gtest.h>

#include <set>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

using Window = ReplayWindow<1'024>;

TEST(ReplayWindow, AcceptsAnyFirstIndex) {
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1'000'000}}) {
    Window window;
    EXPECT_TRUE(window.is_empty());
    EXPECT_TRUE(window.check(index));
    window.commit(index);
    EXPECT_FALSE(window.check(index));
    EXPECT_EQ(window.highest(), index);
  }
}

TEST(ReplayWindow, CheckRemembersNothing) {
  Window window;
  EXPECT_TRUE(window.check(7));
  EXPECT_TRUE(window.check(7));
  EXPECT_TRUE(window.is_empty());
}

TEST(ReplayWindow, ReachesBack1023AndNoFurther) {
  Window window;
  window.commit(10'000);
  EXPECT_TRUE(window.check(10'000 - 1'023));
  EXPECT_FALSE(window.check(10'000 - 1'024));
  window.commit(10'000 - 1'023);
  EXPECT_FALSE(window.check(10'000 - 1'023));
}

TEST(ReplayWindow, NearZeroTheWindowEndsAtZero) {
  Window window;
  window.commit(3);
  EXPECT_TRUE(window.check(0));
  EXPECT_TRUE(window.check(2));
  EXPECT_FALSE(window.check(3));
}

TEST(ReplayWindow, AJumpForgetsAllBehindTheWindow) {
  Window window;
  for (std::uint64_t i = 0; i < 2'000; ++i) window.commit(i);
  window.commit(1'000'000);
  for (std::uint64_t i = 1'000'000 - 1'023; i < 1'000'000; ++i) EXPECT_TRUE(window.check(i)) << i;
}

// Against a set of all that was ever accepted.
TEST(ReplayWindow, AgreesWithASetOnRandomWalks) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    Window window;
    std::set<std::uint64_t> accepted;
    std::uint64_t highest = 60'000;
    for (int step = 0; step < 20'000; ++step) {
      const std::uint64_t reach = prng.chance(1, 50) ? 3'000 : 80;
      const std::uint64_t index = highest + prng.below(reach) - reach / 2;
      const bool is_old = !accepted.empty() && *accepted.rbegin() >= index + 1'024;
      const bool expected = !is_old && !accepted.contains(index);
      ASSERT_EQ(window.check(index), expected) << "seed " << seed << " step " << step;
      if (!expected) continue;
      window.commit(index);
      accepted.insert(index);
      highest = *accepted.rbegin();
      ASSERT_EQ(window.highest(), highest);
    }
  }
}

}  // namespace
}  // namespace penstock
