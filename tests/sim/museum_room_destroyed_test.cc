// Goal: a room can be destroyed at any moment, and takes everything with it (Janus #3508, #3359,
// #3475, #3345: rooms destroyed under active publishers leaked or crashed). Method: one server; the
// same call is set up again and again, and its room destroyed a little later each time: before,
// during and after each step of joining, negotiation, ICE and DTLS, and while media flows.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr Duration kStep = 5 * kMillisecond;  // the server's own tick
constexpr Duration kAllSteps = 400 * kMillisecond;

// Everybody says goodbye; what they leave behind is gone a second later.
void send_home(Simulation& sim) {
  for (const auto& person : sim.people()) {
    if (!person->is_gone()) person->leave();
  }
  sim.run_for(kSecond);
}

class RoomDestroyed : public testing::TestWithParam<std::size_t> {};

TEST_P(RoomDestroyed, AtEveryMomentOfASetUpTakesEverythingWithIt) {
  Simulation sim({.seed = 301, .workers = GetParam(), .room_peers_per_worker_max = 1});
  Person& host = sim.join(kRoom, "host");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  std::size_t most_peers = 0;
  for (Duration moment = 0; moment < kAllSteps; moment += kStep) {
    SCOPED_TRACE(testing::Message() << "destroyed after " << moment / kMillisecond << " ms");
    host.create_room(kDoomed);
    sim.run_for(50 * kMillisecond);
    const std::size_t first = sim.people().size();
    start_call(sim, 2, kDoomed);
    sim.run_for(moment);
    most_peers = std::max(most_peers, sim.server().media().counts().peers);
    host.destroy_room(kDoomed);
    sim.run_for(300 * kMillisecond);
    // Nobody has left, nobody is connected.
    const Census now = sim.server().census();
    for (const char* what : {"peers", "transports live", "streams live", "subscriptions live",
                             "fan-out chunks live", "retire list", "handshakes", "packets"}) {
      EXPECT_EQ(now.at(what), 0U) << what;
    }
    EXPECT_EQ(now.at("participants"), before.at("participants"));
    EXPECT_EQ(now.at("subscribers"), 0U);
    for (std::size_t i = first; i < sim.people().size(); ++i) sim.people()[i]->leave();
    sim.run_for(200 * kMillisecond);
    expect_census(sim, before);
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_EQ(most_peers, 4U) << "the later ones were up";
  EXPECT_TRUE(host.errors().empty());
  send_home(sim);
}

INSTANTIATE_TEST_SUITE_P(OneAndThreeWorkers, RoomDestroyed, testing::Values(1, 3));

TEST(RoomDestroyedUnderMedia, FallsSilentAtOnceForEverybodyAndCanBeMadeAgain) {
  Simulation sim({.seed = 302, .workers = 2, .room_peers_per_worker_max = 3});
  Person& host = sim.join(kRoom, "host");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  for (int round = 0; round < 5; ++round) {
    host.create_room(kDoomed);
    sim.run_for(50 * kMillisecond);
    const std::size_t first = sim.people().size();
    start_call(sim, 4, kDoomed);
    sim.run_for(2 * kSecond);
    ASSERT_EQ(sim.server().media().counts().peers, 8U);
    host.destroy_room(kDoomed);
    ASSERT_TRUE(sim.run_until([&] { return sim.server().media().counts().peers == 0; }, kSecond));
    const Timestamp destroyed_at = sim.now();
    sim.run_for(kSecond);
    for (std::size_t i = first; i < sim.people().size(); ++i) {
      const Person& person = *sim.people()[i];
      EXPECT_LE(person.subscriber()->last_sent_to_at, destroyed_at) << person.name();
      EXPECT_LE(person.publisher()->last_sent_to_at, destroyed_at) << person.name();
      EXPECT_GE(person.events("hangup"), 2U) << person.name();
      sim.people()[i]->leave();
    }
    sim.run_for(200 * kMillisecond);
    expect_census(sim, before);
  }
  EXPECT_TRUE(host.errors().empty());
}

TEST(RoomDestroyedUnderMedia, WhileTheControlPlaneWasAwayAndTheNetworkWasLost) {
  Simulation sim({.seed = 303, .workers = 2, .room_peers_per_worker_max = 1});
  Person& host = sim.join(kRoom, "host");
  host.create_room(kDoomed);
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  start_call(sim, 3, kDoomed);
  sim.run_for(2 * kSecond);
  for (const auto& person : sim.people()) person->set_links({.is_cut = true}, {.is_cut = true});
  sim.server().stop_control(true);
  host.destroy_room(kDoomed);
  host.create_room(kDoomed);
  sim.run_for(20 * kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 6U);
  sim.server().stop_control(false);
  sim.run_for(kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 0U);
  for (std::size_t i = 1; i < sim.people().size(); ++i) sim.people()[i]->leave();
  sim.run_for(kSecond);
  expect_census(sim, before);
  host.destroy_room(kDoomed);
  sim.run_for(kSecond);
}

}  // namespace
}  // namespace penstock::sim
