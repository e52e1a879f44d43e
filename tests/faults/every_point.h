// Failure at every point. A call is made in a world of its own with its
// first failure point failing, then with its second, until it passes all of them. After each the
// world must be what it was before the call, or what a call without failures makes of it, and the
// call must have told its caller which of the two.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/test_hooks.h"

namespace penstock::test {

// What a test compares: one line for each thing that is there.
using WorldState = std::vector<std::string>;

using test_hooks::NoFailures;

// Runs `attempt` with its `nth` failure point failing. True if it came that far.
inline bool fails_at(std::uint64_t nth, const std::function<void()>& attempt) {
  test_hooks::State& hooks = test_hooks::state();
  hooks.passed = 0;
  hooks.fail_at = nth;
  attempt();
  hooks.fail_at = 0;
  return hooks.passed >= nth;
}

enum class Promise : std::uint8_t {
  kAllOrNothing,  // the call may be refused
  kAlwaysDone,    // an ending: it never depends on what there is left
};

template <typename World>
struct FallibleCall {
  std::string name;
  std::function<std::unique_ptr<World>()> make_world;
  std::function<bool(World&)> attempt;  // whether the call says that it was done
  Promise promise = Promise::kAllOrNothing;
};

struct PointCounts {
  std::uint64_t points = 0;   // that the call has
  std::uint64_t refused = 0;  // calls that were refused, and changed nothing
};

// World has `WorldState state()`: everything that counts, after grace periods have passed.
template <typename World>
PointCounts fail_at_every_point(const FallibleCall<World>& call) {
  std::unique_ptr<World> world = call.make_world();
  const WorldState before = world->state();
  EXPECT_TRUE(call.attempt(*world)) << call.name << " fails by itself";
  const WorldState after = world->state();
  world = call.make_world();
  PointCounts counts;
  for (std::uint64_t nth = 1; !testing::Test::HasFailure(); ++nth) {
    bool is_done = false;
    const bool came_there = fails_at(nth, [&] { is_done = call.attempt(*world); });
    if (!is_done && call.promise == Promise::kAlwaysDone) {
      ADD_FAILURE() << call.name << " is not done when point " << nth << " fails";
    }
    EXPECT_EQ(world->state(), is_done ? after : before)
        << call.name << " with point " << nth << " failing says it was "
        << (is_done ? "done" : "refused");
    if (!came_there) {
      EXPECT_TRUE(is_done);
      break;
    }
    ++counts.points;
    if (is_done) {
      world = call.make_world();
    } else {
      ++counts.refused;
    }
  }
  return counts;
}

}  // namespace penstock::test
