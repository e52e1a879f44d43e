// Which worker serves a peer.
#include "controlplane/media/placement.h"

#include <gtest/gtest.h>

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
