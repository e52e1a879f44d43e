// Goal: a call outlives a control plane that stands still. Method: its thread
// does not run for 20 s of virtual time; media, consent and keyframes are the workers' business.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

TEST(ControlPlane, StoppedForTwentySecondsMediaAndConsentGoOnAndAJoinAfterwardsWorks) {
  Simulation sim({.seed = 41, .workers = 2, .room_peers_per_worker_max = 2});
  start_call(sim, 3);
  sim.run_for(3 * kSecond);
  sim.server().stop_control(true);
  start_call(sim, 1);  // comes too early
  for (int i = 0; i < 20; ++i) {
    sim.run_for(kSecond);
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = 0; b < 3; ++b) {
        if (a == b) continue;
        EXPECT_TRUE(sees_now(sim, *sim.people()[a], *sim.people()[b])) << i;
      }
    }
  }
  sim.server().stop_control(false);
  start_call(sim, 1);
  sim.run_for(15 * kSecond);
  expect_all_see_each_other(sim);
  for (const auto& person : sim.people()) EXPECT_EQ(person->events("hangup"), 0U);
}

TEST(ControlPlane, WhoVanishesWhileItIsStoppedGetsNothingAfterThirtySecondsAnyway) {
  Simulation sim({.seed = 42});
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  Person& ghost = *sim.people()[0];
  Person& other = *sim.people()[1];
  ghost.kill();
  const Timestamp killed_at = sim.now();
  sim.server().stop_control(true);
  sim.run_for(60 * kSecond);
  EXPECT_LE(ghost.subscriber()->last_sent_to_at, killed_at + kConsentTimeout + 50 * kMillisecond);
  EXPECT_GT(sim.drops(DropReason::kNoConsent), 0U);
  EXPECT_TRUE(other.hears_of(ghost)) << "nobody could tell";
  sim.server().stop_control(false);
  sim.run_for(2 * kSecond);
  EXPECT_FALSE(other.hears_of(ghost));
  EXPECT_EQ(ghost.subscriber()->closed_reason, "ICE failed");
}

TEST(ControlPlane, WhileItIsStoppedDatagramsForItAreDroppedAndCounted) {
  Simulation sim({.seed = 43, .limits = {.ring_entries = 64}});
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  // Four clients move and cannot be followed; their checks fill the ring.
  sim.server().stop_control(true);
  for (const auto& person : sim.people()) {
    for (SimClient* client : {person->publisher(), person->subscriber()}) {
      SocketAddress moved = client->webrtc->local();
      ++moved.port;
      client->webrtc->rebind(moved);
    }
  }
  const std::vector<std::uint8_t> stun = {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42, 1,  2,
                                          3,    4,    5,    6,    7,    8,    9,    10,   11, 12};
  for (std::uint16_t i = 0; i < 100; ++i) {
    sim.inject({host_addresses(9).ipv4.address, static_cast<std::uint16_t>(1'000 + i)},
               {sim.server().addresses().ipv4.address, sim.config().udp_port_base}, stun);
    sim.run_for(10 * kMillisecond);
  }
  EXPECT_GT(sim.drops(DropReason::kPuntRingFull), 0U);
  sim.server().stop_control(false);
  sim.run_for(5 * kSecond);
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      EXPECT_TRUE(person == other || sees_now(sim, *person, *other));
    }
  }
}

}  // namespace
}  // namespace penstock::sim
