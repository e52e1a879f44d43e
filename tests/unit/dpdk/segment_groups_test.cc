#include "dataplane/dpdk/segment_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace penstock {
namespace {

Departure to(std::uint16_t port, std::uint16_t bytes) {
  return {.remote = {IpAddress::from_v4({198, 18, 0, 1}), port},
          .local = IpAddress::from_v4({198, 18, 0, 2}),
          .bytes = bytes};
}

using Groups = std::vector<std::vector<std::size_t>>;

// The groups as lists of indices of the departures.
Groups groups_of(const std::vector<Departure>& departures) {
  SegmentGrouper grouper;
  grouper.group(departures);
  Groups groups;
  for (const SegmentGroup& group : grouper.groups()) {
    const auto order = grouper.order().subspan(group.first, group.count);
    groups.emplace_back(order.begin(), order.end());
  }
  return groups;
}

TEST(SegmentGroups, PacketsOnOneWayAreOneGroupInTheirOrder) {
  EXPECT_EQ(groups_of({to(2, 100), to(1, 100), to(2, 100), to(1, 100), to(2, 100)}),
            (Groups{{0, 2, 4}, {1, 3}}));
}

TEST(SegmentGroups, OnlyTheLastOneOfAGroupMayBeShorter) {
  EXPECT_EQ(groups_of({to(1, 100), to(1, 60), to(1, 60), to(1, 100)}), (Groups{{0, 1}, {2}, {3}}));
}

TEST(SegmentGroups, AnotherAddressOfEitherSideIsAnotherWay) {
  Departure other_remote = to(1, 100);
  other_remote.remote.ip = IpAddress::from_v4({198, 18, 0, 3});
  Departure other_local = to(1, 100);
  other_local.local = IpAddress::from_v4({198, 18, 0, 4});
  EXPECT_EQ(groups_of({to(1, 100), other_remote, other_local, to(1, 100)}),
            (Groups{{0, 3}, {1}, {2}}));
}

TEST(SegmentGroups, AGroupHasNoMoreSegmentsThanTheKernelTakes) {
  const auto groups = groups_of(std::vector<Departure>(kSegmentsMax + 1, to(1, 50)));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].size(), kSegmentsMax);
}

TEST(SegmentGroups, AGroupHasNoMoreBytesThanADatagramCanHave) {
  const auto groups = groups_of(std::vector<Departure>(60, to(1, 1'400)));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].size(), kSegmentedBytesMax / 1'400);
}

TEST(SegmentGroups, NothingIsNoGroup) { EXPECT_TRUE(groups_of({}).empty()); }

// As many as there may be, each on a way of its own, and on few ways: with ports whose hashes meet.
TEST(SegmentGroups, EachPacketIsInOneGroup) {
  for (const unsigned ways : {1U, 7U, 255U, 256U}) {
    std::vector<Departure> departures;
    for (std::uint16_t i = 0; i < kSocketHeldMax; ++i) {
      departures.push_back(
          to(static_cast<std::uint16_t>(i % ways + 1), static_cast<std::uint16_t>(100 + i % 3)));
    }
    std::vector<bool> seen(departures.size());
    for (const auto& group : groups_of(departures)) {
      for (const std::size_t index : group) {
        EXPECT_FALSE(seen[index]);
        seen[index] = true;
        EXPECT_TRUE(departures[index].is_along(departures[group.front()]));
      }
    }
    EXPECT_EQ(std::ranges::count(seen, true), 256) << ways << " ways";
  }
}

}  // namespace
}  // namespace penstock
