#include "bench/compare/segment_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace penstock::compare {
namespace {

constexpr Departure to(std::uint16_t port, std::uint16_t bytes) {
  return {.address = 0xC6120001, .port = port, .bytes = bytes};
}

// The groups as lists of indices of the departures.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<Departure>& departures) {
  SegmentGrouper grouper;
  grouper.group(departures);
  std::vector<std::vector<std::size_t>> groups;
  for (const SegmentGroup& group : grouper.groups()) {
    const auto order = grouper.order().subspan(group.first, group.count);
    groups.emplace_back(order.begin(), order.end());
  }
  return groups;
}

using Groups = std::vector<std::vector<std::size_t>>;

TEST(SegmentGroups, PacketsToOneDestinationAreOneGroupInTheirOrder) {
  EXPECT_EQ(groups_of({to(1, 100), to(2, 100), to(1, 100), to(2, 100), to(1, 100)}),
            (Groups{{0, 2, 4}, {1, 3}}));
}

TEST(SegmentGroups, OnlyTheLastOneOfAGroupMayBeShorter) {
  EXPECT_EQ(groups_of({to(1, 100), to(1, 60), to(1, 60), to(1, 100)}), (Groups{{0, 1}, {2}, {3}}));
}

TEST(SegmentGroups, AnotherAddressIsAnotherDestination) {
  Departure other = to(1, 100);
  ++other.address;
  EXPECT_EQ(groups_of({to(1, 100), other}), (Groups{{0}, {1}}));
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

TEST(SegmentGroups, EachPacketIsInOneGroup) {
  std::vector<Departure> departures;
  for (std::uint16_t i = 0; i < 256; ++i) departures.push_back(to(i % 7, 100 + i % 3));
  std::vector<bool> seen(departures.size());
  for (const auto& group : groups_of(departures)) {
    for (const std::size_t index : group) {
      EXPECT_FALSE(seen[index]);
      seen[index] = true;
      EXPECT_TRUE(departures[index].has_same_destination(departures[group.front()]));
    }
  }
  EXPECT_EQ(std::ranges::count(seen, true), 256);
}

}  // namespace
}  // namespace penstock::compare
