// Which worker serves a peer.
#include "controlplane/media/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace penstock {
namespace {

TEST(Placement, ARoomStaysOnItsWorkerWhileItFits) {
  Placement placement(4, 3);
  const WorkerIndex first = placement.place(1);
  EXPECT_EQ(placement.place(1), first);
  EXPECT_EQ(placement.place(1), first);
  EXPECT_NE(placement.place(1), first);
}

TEST(Placement, RoomsSpreadOverWorkers) {
  Placement placement(3, 100);
  std::array<int, 3> rooms{};
  for (std::uint64_t room = 1; room <= 9; ++room) ++rooms[placement.place(room)];
  EXPECT_EQ(rooms, (std::array{3, 3, 3}));
}

TEST(Placement, ARoomThatOutgrowsEveryWorkerFillsThemEvenly) {
  Placement placement(2, 2);
  std::array<int, 2> peers{};
  for (int i = 0; i < 12; ++i) ++peers[placement.place(1)];
  EXPECT_EQ(peers, (std::array{6, 6}));
}

// What is beyond a worker's share goes to whoever has the least to do, whichever room is whose: as
// rooms grow together, and one after the other.
TEST(Placement, LargeRoomsOverflowToTheLeastLoadedWorkers) {
  constexpr std::size_t kRooms = 16;
  constexpr int kPeers = 700;
  for (const bool together : {true, false}) {
    Placement placement(kRooms, 500);
    std::array<int, kRooms> peers{};
    for (std::size_t i = 0; i < kRooms * kPeers; ++i)
      ++peers[placement.place(together ? i % kRooms : i / kPeers)];
    const auto [least, most] = std::ranges::minmax(peers);
    EXPECT_LE(most, together ? kPeers + 5 : kPeers + 300);
    EXPECT_GE(least, together ? kPeers - 5 : kPeers - 300);
  }
}

TEST(Placement, AnOverflowPrefersAWorkerThatHasRoomForTheRoom) {
  Placement placement(3, 2);
  const WorkerIndex first = placement.place(1);
  placement.place(1);
  const WorkerIndex second = placement.place(1);
  placement.place(1);
  EXPECT_NE(second, first);
  // The third one has more to do than both, but of other rooms.
  for (std::uint64_t room = 100; room < 105; ++room) placement.place(room);
  const WorkerIndex third = placement.place(1);
  EXPECT_NE(third, first);
  EXPECT_NE(third, second);
}

TEST(Placement, WhatIsRemovedMakesRoom) {
  Placement placement(2, 2);
  const WorkerIndex worker = placement.place(1);
  placement.place(1);
  placement.remove(1, worker);
  EXPECT_EQ(placement.place(1), worker);
}

TEST(Placement, AnEmptyRoomIsForgottenAndItsLoadToo) {
  Placement placement(2, 100);
  std::vector<WorkerIndex> placed;
  for (int i = 0; i < 10; ++i) placed.push_back(placement.place(1));
  EXPECT_NE(placement.place(2), placed[0]);
  for (const WorkerIndex worker : placed) placement.remove(1, worker);
  EXPECT_EQ(placement.room_count(), 1U);
  EXPECT_EQ(placement.place(3), placed[0]) << "the least loaded again";
}

}  // namespace
}  // namespace penstock
