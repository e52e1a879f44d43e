// The flow table against a map: random insertions, replacements and removals must never lose or
// invent a flow.
#include "dataplane/forward/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

SocketAddress address(std::uint32_t number) {
  return {IpAddress::from_v4(
              {198, 18, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}),
          static_cast<std::uint16_t>(1'000 + number % 7)};
}
TransportHandle transport(std::uint32_t index) { return {index, 1}; }

TEST(FlowTable, FindsWhatWasInsertedAndNothingElse) {
  FlowTable table(8, 1);
  EXPECT_TRUE(table.insert(address(1), transport(5)));
  EXPECT_EQ(table.find(address(1)), transport(5));
  EXPECT_TRUE(table.find(address(2)).is_null());
}

TEST(FlowTable, SamePortOfAnotherHostIsAnotherFlow) {
  FlowTable table(8, 1);
  SocketAddress other = address(1);
  other.port = static_cast<std::uint16_t>(other.port + 1);
  EXPECT_TRUE(table.insert(address(1), transport(5)));
  EXPECT_TRUE(table.find(other).is_null());
}

// Neighbours' addresses must not end up as neighbours in the table, whatever the seed: then finding
// would become a scan.
TEST(FlowTable, FindingIsFastForAddressesInARow) {
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 0xFFFF'FFFFULL}) {
    FlowTable table(4'096, seed);
    for (std::uint32_t i = 0; i < 4'096; ++i) ASSERT_TRUE(table.insert(address(i), transport(i)));
    std::size_t steps = 0;
    for (std::uint32_t i = 0; i < 4'096; ++i) steps += table.steps_to(address(i));
    EXPECT_LT(steps, 4'096U) << "seed " << seed;
  }
}

TEST(FlowTable, RefusesWhenFullAndKeepsWhatItHas) {
  FlowTable table(2, 1);
  EXPECT_TRUE(table.insert(address(1), transport(1)));
  EXPECT_TRUE(table.insert(address(2), transport(2)));
  EXPECT_FALSE(table.insert(address(3), transport(3)));
  EXPECT_EQ(table.find(address(1)), transport(1));
  EXPECT_TRUE(table.insert(address(1), transport(9))) << "replacing needs no room";
}

TEST(FlowTable, EraseOfAFlowThatBelongsToAnotherTransportDoesNothing) {
  FlowTable table(4, 1);
  EXPECT_TRUE(table.insert(address(1), transport(1)));
  table.erase(address(1), transport(2));
  EXPECT_EQ(table.find(address(1)), transport(1));
}

TEST(FlowTable, RemembersWhoHadAFlowBefore) {
  FlowTable table(4, 1);
  EXPECT_TRUE(table.insert(address(1), transport(1)));
  EXPECT_FALSE(table.has_contested());
  EXPECT_TRUE(table.insert(address(1), transport(2)));
  EXPECT_TRUE(table.has_contested());
  EXPECT_EQ(table.find(address(1)), transport(2));
  EXPECT_EQ(table.previous(address(1)), transport(1));
  EXPECT_TRUE(table.previous(address(2)).is_null());
  EXPECT_TRUE(table.insert(address(1), transport(1)));
  EXPECT_EQ(table.find(address(1)), transport(1));
  EXPECT_EQ(table.previous(address(1)), transport(2));
  table.erase(address(1), transport(1));
  EXPECT_EQ(table.find(address(1)), transport(2)) << "who had it before has it again";
  EXPECT_FALSE(table.has_contested());
  EXPECT_TRUE(table.insert(address(1), transport(3)));
  table.erase(address(1), transport(2));
  EXPECT_EQ(table.find(address(1)), transport(3));
  EXPECT_FALSE(table.has_contested());
  table.erase(address(1), transport(3));
  EXPECT_EQ(table.size(), 0U);
}

TEST(FlowTable, BehavesLikeAMapUnderChurn) {
  struct Flow {
    TransportHandle owner;
    TransportHandle previous;
  };
  constexpr std::size_t kFlowsMax = 256;
  FlowTable table(kFlowsMax, 42);
  std::map<SocketAddress, Flow> model;
  Prng prng(7);
  const auto insert = [&](const SocketAddress& key, TransportHandle handle) {
    Flow& flow = model[key];
    if (flow.owner == handle) return;
    flow = {handle, flow.owner};
  };
  const auto erase = [&](const SocketAddress& key, TransportHandle handle) {
    const auto found = model.find(key);
    if (found == model.end()) return;
    Flow& flow = found->second;
    if (flow.owner == handle) {
      flow = {flow.previous, {}};
    } else if (flow.previous == handle) {
      flow.previous = {};
    }
    if (flow.owner.is_null()) model.erase(found);
  };
  for (int step = 0; step < 200'000; ++step) {
    const SocketAddress key = address(static_cast<std::uint32_t>(prng.below(600)));
    const TransportHandle handle = transport(static_cast<std::uint32_t>(prng.below(3)));
    if (prng.chance(1, 2)) {
      const bool fits = model.contains(key) || model.size() < kFlowsMax;
      ASSERT_EQ(table.insert(key, handle), fits);
      if (fits) insert(key, handle);
    } else {
      table.erase(key, handle);
      erase(key, handle);
    }
    ASSERT_EQ(table.size(), model.size());
    const SocketAddress probe = address(static_cast<std::uint32_t>(prng.below(600)));
    const auto found = model.find(probe);
    const Flow expected = found == model.end() ? Flow{} : found->second;
    ASSERT_EQ(table.find(probe), expected.owner);
    ASSERT_EQ(table.previous(probe), expected.previous);
  }
  const auto is_contested = [](const auto& entry) { return !entry.second.previous.is_null(); };
  EXPECT_EQ(table.has_contested(), std::ranges::any_of(model, is_contested));
  for (const auto& [key, flow] : std::map(model)) {
    table.erase(key, flow.owner);
    table.erase(key, flow.previous);
  }
  EXPECT_EQ(table.size(), 0U);
  EXPECT_FALSE(table.has_contested());
}

}  // namespace
}  // namespace penstock
