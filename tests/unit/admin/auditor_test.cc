#include "controlplane/admin/auditor.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr PacketCounts kPackets{.capacity = 100, .free = 80, .held_max = 50};

PoolReports balanced() {
  return {{"rooms", {.capacity = 8, .free = 5, .live = 2, .retired = 1}, 256},
          {"streams", {.capacity = 4, .free = 4, .live = 0, .retired = 0}, 64}};
}

struct Books {
  PoolReports pools = balanced();
  PacketCounts packets = kPackets;
  std::optional<Ownership> ownership = Ownership{.objects = 2, .findings = {}};

  AuditInput input() const { return {pools, packets, ownership}; }
};

TEST(AuditorTest, BalancedBooksAreNoFinding) {
  Auditor auditor;
  const Books books;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(auditor.run(books.input()).empty());
  EXPECT_EQ(auditor.report().runs, 5U);
  EXPECT_TRUE(auditor.report().findings.empty());
  EXPECT_EQ(auditor.report().owned_objects, 2U);
}

TEST(AuditorTest, ALostSlotIsFoundAndToldOnce) {
  Auditor auditor;
  Books books;
  books.pools[0].counts.free = 4;  // planted: a slot that is in no state
  const auto fresh = auditor.run(books.input());
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].pool, "rooms");
  EXPECT_EQ(fresh[0].what, "the counts do not add up: 2 live, 1 retired, 4 free of 8");
  books.pools[0].counts.live = 1;  // other numbers, the same fault
  EXPECT_TRUE(auditor.run(books.input()).empty());
  ASSERT_EQ(auditor.report().findings.size(), 1U);
  EXPECT_EQ(auditor.report().findings[0].audits, 2U);
}

TEST(AuditorTest, AFaultIsKeptAfterItIsGone) {
  Auditor auditor;
  Books books;
  books.pools[1].counts.live = 1;
  EXPECT_EQ(auditor.run(books.input()).size(), 1U);
  EXPECT_TRUE(auditor.run(Books{}.input()).empty());
  ASSERT_EQ(auditor.report().findings.size(), 1U);
  EXPECT_EQ(auditor.report().findings[0].audits, 1U);
}

TEST(AuditorTest, WhatTheOwnershipWalkFindsIsAFindingForEachPoolAndKind) {
  Auditor auditor;
  Books books;
  books.ownership->findings = {"rooms: 1 live without an owner", "rooms: 1 with two owners"};
  EXPECT_EQ(auditor.run(books.input()).size(), 2U);
  books.ownership->findings = {"rooms: 7 live without an owner", "peers: 1 owned and gone"};
  const auto fresh = auditor.run(books.input());
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].pool, "peers");
  EXPECT_EQ(fresh[0].what, "1 owned and gone");
}

TEST(AuditorTest, AnAuditWithoutAWalkKeepsWhatTheLastOneCounted) {
  Auditor auditor;
  Books books;
  auditor.run(books.input());
  books.ownership.reset();
  EXPECT_TRUE(auditor.run(books.input()).empty());
  EXPECT_EQ(auditor.report().owned_objects, 2U);
}

// One look may see packets on their way between two caches.
TEST(AuditorTest, PacketsBeyondWhatMayBeHeldAreAFindingWhenSeenSeveralTimesInARow) {
  Auditor auditor;
  Books books;
  books.packets.free = 49;
  EXPECT_TRUE(auditor.run(books.input()).empty());
  EXPECT_TRUE(auditor.run(books.input()).empty());
  EXPECT_TRUE(auditor.run(Books{}.input()).empty());  // it was nothing
  EXPECT_TRUE(auditor.run(books.input()).empty());
  EXPECT_TRUE(auditor.run(books.input()).empty());
  const auto fresh = auditor.run(books.input());
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].pool, "packets");
  EXPECT_EQ(fresh[0].what, "51 in use, 50 may be held");
}

TEST(AuditorTest, APacketThatIsFreedTwiceIsNotInUseLessThanNone) {
  EXPECT_EQ((PacketCounts{.capacity = 10, .free = 11, .held_max = 5}.in_use()), 0U);
}

TEST(LeftAtExitTest, NothingLeftIsEmpty) {
  const PoolReports pools = {{"rooms", {.capacity = 8, .free = 8, .live = 0, .retired = 0}, 256}};
  EXPECT_TRUE(left_at_exit(pools, {.capacity = 10, .free = 10, .held_max = 5}, 0).empty());
}

TEST(LeftAtExitTest, EachPoolWithSomethingInItIsNamed) {
  const auto left = left_at_exit(balanced(), {.capacity = 10, .free = 10, .held_max = 5}, 0);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0], "rooms: 2 live, 1 retired, 5 free of 8");
}

TEST(LeftAtExitTest, ALostSlotOfAnEmptyPoolIsNamed) {
  const PoolReports pools = {{"rooms", {.capacity = 8, .free = 7, .live = 0, .retired = 0}, 256}};
  EXPECT_EQ(left_at_exit(pools, {}, 0).size(), 1U);
}

TEST(LeftAtExitTest, PacketsThatAreNotBackAreCounted) {
  const PacketCounts packets{.capacity = 10, .free = 8, .held_max = 5};
  const auto left = left_at_exit({}, packets, 0);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0], "packets: 8 of 10 back");
  EXPECT_TRUE(left_at_exit({}, packets, 2).empty());  // the device has them
  EXPECT_EQ(left_at_exit({}, packets, 1).size(), 1U);
}

TEST(LeftAtExitTest, MorePacketsThanThereAreIsAFreeTooMany) {
  EXPECT_EQ(left_at_exit({}, {.capacity = 10, .free = 11, .held_max = 5}, 4).size(), 1U);
}

}  // namespace
}  // namespace penstock
