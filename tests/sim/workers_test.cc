// Goal: calls that span workers: handover by ring, cross-worker fan-out, workers that stall and
// rings, pools and queues that run full. Method: one peer per worker and room at most, so that
// everything hops; limits are taken away in the middle of a call and given back.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

void expect_all_flows(const Simulation& sim) {
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      if (person == other) continue;
      EXPECT_TRUE(sees_now(sim, *person, *other)) << person->name() << " <- " << other->name();
    }
  }
}

class Workers : public testing::TestWithParam<std::size_t> {};

TEST_P(Workers, EveryPacketHopsAndArrivesOnce) {
  Simulation sim({.seed = 11, .workers = GetParam(), .room_peers_per_worker_max = 1});
  start_call(sim, 4);
  sim.run_for(5 * kSecond);
  expect_all_see_each_other(sim);
  expect_all_flows(sim);
  for (std::size_t worker = 0; worker < GetParam(); ++worker) {
    const WorkerStats& stats = sim.server().stats(static_cast<WorkerIndex>(worker));
    EXPECT_GT(stats.handed_over.get(), 100U) << worker;
    EXPECT_GT(stats.media_received.get(), 100U) << worker;
    EXPECT_GT(stats.media_forwarded.get(), 100U) << worker;
  }
  EXPECT_EQ(sim.drops(DropReason::kHandoverRingFull), 0U);
}

INSTANTIATE_TEST_SUITE_P(TwoAndThree, Workers, testing::Values(2, 3));

TEST(WorkerTrouble, AWorkerThatStandsStillForASecondHoldsUpNobodyElse) {
  Simulation sim({.seed = 12, .workers = 2});
  // A room lives on one worker while it fits.
  start_call(sim, 2, kRoom);
  sim.run_for(2 * kSecond);
  start_call(sim, 2, kOtherRoom);
  sim.run_for(2 * kSecond);
  const auto& people = sim.people();
  ASSERT_GT(sim.server().stats(1).media_received.get(), 0U);
  sim.server().stop_worker(1, true);
  sim.run_for(kSecond);
  EXPECT_TRUE(sees_now(sim, *people[0], *people[1]));
  EXPECT_FALSE(sees_now(sim, *people[2], *people[3]));
  sim.server().stop_worker(1, false);
  sim.run_for(kSecond);
  EXPECT_TRUE(sees_now(sim, *people[2], *people[3]));
  expect_sees(*people[2], *people[3]);
  EXPECT_TRUE(people[2]->errors().empty());
  EXPECT_EQ(people[2]->events("hangup"), 0U);
}

TEST(WorkerTrouble, WhileAWorkerStandsStillOthersMayComeAndGo) {
  Simulation sim({.seed = 13, .workers = 2, .room_peers_per_worker_max = 1});
  start_call(sim, 2);
  sim.run_for(2 * kSecond);
  sim.server().stop_worker(1, true);
  start_call(sim, 1);
  sim.run_for(500 * kMillisecond);
  sim.people()[0]->unpublish();
  sim.run_for(500 * kMillisecond);
  sim.server().stop_worker(1, false);
  sim.people()[0]->publish();
  sim.run_for(3 * kSecond);
  expect_all_flows(sim);
}

struct Shortage {
  const char* name;
  SimLimits limits;
  DropReason counted;
};

class Shortages : public testing::TestWithParam<Shortage> {};

TEST_P(Shortages, AreCountedAndHeal) {
  Simulation sim({.seed = 14, .workers = 2, .room_peers_per_worker_max = 1});
  start_call(sim, 4);
  sim.run_for(3 * kSecond);
  expect_all_flows(sim);
  const std::uint64_t before = sim.drops(GetParam().counted);
  sim.server().host().set_limits(GetParam().limits);
  sim.run_for(2 * kSecond);
  EXPECT_GT(sim.drops(GetParam().counted), before);
  sim.server().host().set_limits({});
  sim.run_for(2 * kSecond);
  const std::uint64_t after = sim.drops(GetParam().counted);
  sim.run_for(kSecond);
  EXPECT_EQ(sim.drops(GetParam().counted), after);
  expect_all_flows(sim);
  expect_all_see_each_other(sim);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Shortages,
    testing::Values(
        Shortage{"RingFull", {.ring_entries = 2}, DropReason::kHandoverRingFull},
        Shortage{"PoolExhausted", {.packets = 5}, DropReason::kPoolExhausted},
        Shortage{"TransmitQueueFull", {.transmit_queue = 0}, DropReason::kTransmitQueueFull}),
    [](const auto& test) { return test.param.name; });

TEST(WorkerTrouble, APortWithRoomForTwoFramesAtATimeDelaysMediaAndLosesNone) {
  Simulation sim({.seed = 15, .limits = {.transmit_queue = 2}});
  start_call(sim, 4);
  sim.run_for(3 * kSecond);
  expect_all_see_each_other(sim);
  expect_all_flows(sim);
  EXPECT_EQ(sim.drops(DropReason::kTransmitQueueFull), 0U);
  EXPECT_EQ(sim.drops(DropReason::kVideoBacklogFull), 0U);
  for (const auto& person : sim.people()) {
    for (const auto& [ssrc, stream] : person->subscriber()->webrtc->received()) {
      EXPECT_EQ(stream.lost(), 0U) << person->name();
    }
  }
}

}  // namespace
}  // namespace penstock::sim
