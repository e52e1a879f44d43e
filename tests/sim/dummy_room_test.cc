// Goal: a room with a dummy publisher is used as an ordinary room and leaves nothing behind.
// Method: people by the Janus API on the real data plane; every object has an owner at every step,
// and pools are compared with what they were before.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::uint64_t kHeld = 78;

json::object with_dummy() { return {{"dummy_publisher", true}}; }

void expect_owned(Simulation& sim) {
  OwnershipWalk walk;
  sim.server().registry().expect_pools(walk);
  sim.server().media().expect_pools(walk);
  sim.server().janus().walk_ownership(walk);
  EXPECT_EQ(walk.findings(), std::vector<std::string>{});
}

PoolReports pools_of(Simulation& sim) {
  PoolReports pools;
  sim.server().registry().report_pools(pools);
  sim.server().media().report_pools(pools);
  sim.server().janus().report_pools(pools);
  return pools;
}

void expect_pools(Simulation& sim, const PoolReports& before) {
  const PoolReports now = pools_of(sim);
  for (std::size_t i = 0; i < now.size(); ++i) {
    EXPECT_EQ(now[i].counts, before.at(i).counts) << now[i].name;
  }
}

TEST(DummyRoom, SubscriberIsConnectedBeforeAnybodyPublishesAndIsSwitchedToWhoDoes) {
  Simulation sim({.seed = 51, .workers = 2});
  Person& host = sim.join(kRoom, "host");
  host.create_room(kHeld, with_dummy());
  sim.run_for(kSecond);
  Person& viewer = sim.join(kHeld, "viewer");
  viewer.subscribe_to_dummy();
  sim.run_for(2 * kSecond);
  ASSERT_NE(viewer.subscriber(), nullptr);
  EXPECT_EQ(viewer.mlines(), 2U);
  EXPECT_TRUE(viewer.subscriber()->was_connected);
  expect_owned(sim);

  Person& speaker = sim.join(kHeld, "speaker");
  speaker.publish();
  sim.run_for(2 * kSecond);
  EXPECT_FALSE(sees_now(sim, viewer, speaker));
  viewer.switch_to(speaker);
  sim.run_for(2 * kSecond);
  EXPECT_EQ(viewer.mlines(), 2U);
  EXPECT_TRUE(sees_now(sim, viewer, speaker));
  expect_sees(viewer, speaker);
  expect_owned(sim);

  host.destroy_room(kHeld);
  sim.run_for(kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 0U);
  expect_owned(sim);
  for (const auto& person : sim.people()) EXPECT_TRUE(person->errors().empty()) << person->name();
}

TEST(DummyRoom, RoomsWithDummiesComeAndGoWithoutATrace) {
  Simulation sim({.seed = 52});
  Person& host = sim.join(kRoom, "host");
  sim.run_for(kSecond);
  const PoolReports before = pools_of(sim);
  for (int round = 0; round < 200; ++round) {
    host.create_room(kHeld, with_dummy());
    host.destroy_room(kHeld);
    sim.run_for(50 * kMillisecond);
  }
  sim.run_for(kSecond);
  EXPECT_TRUE(host.errors().empty());
  expect_pools(sim, before);
}

TEST(DummyRoom, ARoomWhoseDummyFindsNoPlaceIsNotThere) {
  SimulationConfig config{.seed = 53};
  config.pools.streams = 3;
  Simulation sim(config);
  Person& host = sim.join(kRoom, "host");
  host.create_room(kHeld, with_dummy());
  sim.run_for(kSecond);
  const PoolReports before = pools_of(sim);
  host.create_room(kHeld + 1, with_dummy());
  sim.run_for(kSecond);
  EXPECT_EQ(host.errors().size(), 1U);
  expect_pools(sim, before);
  expect_owned(sim);
  host.destroy_room(kHeld);
  host.create_room(kHeld + 1, with_dummy());
  sim.run_for(kSecond);
  EXPECT_EQ(host.errors().size(), 2U) << "streams come back after their grace period, not before";
  host.create_room(kHeld + 1, with_dummy());
  sim.run_for(kSecond);
  EXPECT_EQ(host.errors().size(), 2U);
  host.destroy_room(kHeld + 1);
  sim.run_for(kSecond);
}

}  // namespace
}  // namespace penstock::sim
