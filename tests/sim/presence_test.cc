// Goal: people who come late, leave, vanish, stop and start: who is told, what flows, what ends.
// Method: scenarios by the Janus API; every one ends at the exact baseline.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

bool has_keyframe(const Person& person, const Person& other) {
  for (const auto* stream : streams_from(person, other, MediaKind::kVideo)) {
    if (stream->keyframes > 0) return true;
  }
  return false;
}

TEST(Presence, WhoComesLateSeesEverybodyWithinASecond) {
  Simulation sim({.seed = 31});
  start_call(sim, 3);
  sim.run_for(5 * kSecond);
  std::vector<std::uint64_t> asked;
  for (const auto& person : sim.people())
    asked.push_back(person->publisher()->webrtc->pli_received());
  const Timestamp joined_at = sim.now();
  start_call(sim, 1);
  Person& late = *sim.people().back();
  const auto sees_all = [&] {
    for (const auto& other : sim.people()) {
      if (other.get() != &late && !has_keyframe(late, *other)) return false;
    }
    return true;
  };
  EXPECT_TRUE(sim.run_until(sees_all, kSecond)) << "first frames take longer than a second";
  RecordProperty("first_frame_ms", std::to_string((sim.now() - joined_at) / kMillisecond));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(sim.people()[i]->publisher()->webrtc->pli_received(), asked[i] + 1);
  }
  sim.run_for(2 * kSecond);
  expect_all_see_each_other(sim);
}

TEST(Presence, WhoLeavesIsMissedWithinASecond) {
  Simulation sim({.seed = 32});
  start_call(sim, 3);
  sim.run_for(3 * kSecond);
  Person& leaver = *sim.people()[0];
  Person& other = *sim.people()[1];
  leaver.leave();
  EXPECT_TRUE(sim.run_until([&] { return !other.hears_of(leaver); }, kSecond));
  sim.run_for(kSecond);
  EXPECT_EQ(other.events("leaving"), 1U);
  EXPECT_FALSE(sees_now(sim, other, leaver));
  EXPECT_TRUE(sees_now(sim, other, *sim.people()[2]));
  EXPECT_EQ(sim.server().media().counts().peers, 4U);
  EXPECT_EQ(sim.server().janus().counts().sessions, 2U);
}

TEST(Presence, WhoVanishesIsGoneAfterThirtySecondsAndNothingIsSentToThemAnyMore) {
  Simulation sim({.seed = 33});
  start_call(sim, 3);
  sim.run_for(5 * kSecond);
  Person& ghost = *sim.people()[0];
  Person& other = *sim.people()[1];
  const Timestamp killed_at = sim.now();
  ghost.kill();
  sim.run_for(20 * kSecond);
  EXPECT_TRUE(other.hears_of(ghost)) << "consent holds for 30 s";
  sim.run_for(13 * kSecond);
  EXPECT_FALSE(other.hears_of(ghost));
  EXPECT_EQ(other.events("unpublished"), 1U);
  EXPECT_EQ(ghost.publisher()->closed_reason, "ICE failed");
  EXPECT_EQ(ghost.subscriber()->closed_reason, "ICE failed");
  sim.run_for(60 * kSecond);
  for (const SimClient* client : {ghost.publisher(), ghost.subscriber()}) {
    EXPECT_LE(client->last_sent_to_at, killed_at + kConsentTimeout + 50 * kMillisecond);
  }
  EXPECT_EQ(other.events("leaving"), 1U) << "its session has timed out meanwhile";
  EXPECT_EQ(sim.server().janus().counts().sessions, 2U);
  EXPECT_TRUE(sees_now(sim, other, *sim.people()[2]));
}

TEST(Presence, ASessionWithoutKeepalivesTimesOutWithItsMedia) {
  Simulation sim({.seed = 34});
  start_call(sim, 2);
  sim.run_for(5 * kSecond);
  Person& silent = *sim.people()[0];
  silent.stop_keepalives();
  sim.run_for(50 * kSecond);
  EXPECT_TRUE(sees_now(sim, *sim.people()[1], silent));
  sim.run_for(15 * kSecond);
  EXPECT_EQ(silent.events("timeout"), 1U);
  EXPECT_FALSE(sees_now(sim, *sim.people()[1], silent));
  EXPECT_FALSE(sim.people()[1]->hears_of(silent));
  EXPECT_EQ(sim.server().media().counts().peers, 2U);
}

TEST(Presence, ARoomDestroyedUnderTrafficTakesEveryConnectionWithIt) {
  constexpr std::uint64_t kDoomed = 77;
  Simulation sim({.seed = 35, .workers = 2, .room_peers_per_worker_max = 2});
  Person& host = sim.join(kRoom, "host");
  host.create_room(kDoomed);
  sim.run_for(kSecond);
  start_call(sim, 3, kDoomed);
  sim.run_for(3 * kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 6U);
  host.destroy_room(kDoomed);
  sim.run_for(kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 0U);
  const Timestamp destroyed_at = sim.now();
  for (const auto& person : sim.people()) {
    if (person.get() == &host) continue;
    EXPECT_GE(person->events("destroyed"), 1U);
  }
  sim.run_for(2 * kSecond);
  for (const auto& person : sim.people()) {
    if (person.get() == &host) continue;
    EXPECT_LE(person->subscriber()->last_sent_to_at, destroyed_at);
  }
  EXPECT_TRUE(host.errors().empty());
}

TEST(Presence, PublishersComeAndGoOverTheSameMlines) {
  Simulation sim({.seed = 36});
  Person& viewer = sim.join(kRoom, "viewer");
  viewer.subscribe_to_everyone();
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  EXPECT_EQ(viewer.mlines(), 4U);
  for (int round = 0; round < 6; ++round) {
    Person& one = *sim.people()[static_cast<std::size_t>(1 + round % 2)];
    Person& other = *sim.people()[static_cast<std::size_t>(1 + (round + 1) % 2)];
    one.unpublish();
    sim.run_for(kSecond);
    EXPECT_FALSE(sees_now(sim, viewer, one));
    EXPECT_TRUE(sees_now(sim, viewer, other));
    one.publish();
    sim.run_for(2 * kSecond);
    EXPECT_TRUE(sees_now(sim, viewer, one));
    EXPECT_EQ(viewer.mlines(), 4U) << "freed m-lines are used again";
  }
  expect_sees(viewer, *sim.people()[1]);
  expect_sees(viewer, *sim.people()[2]);
  EXPECT_TRUE(viewer.errors().empty());
}

TEST(Presence, UnsubscribingAndSubscribingAgainIsANewStream) {
  Simulation sim({.seed = 37});
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  Person& alice = *sim.people()[0];
  Person& bob = *sim.people()[1];
  for (int round = 0; round < 5; ++round) {
    alice.unsubscribe_from(bob);
    sim.run_for(kSecond);
    EXPECT_FALSE(sees_now(sim, alice, bob));
    alice.subscribe_to(bob);
    sim.run_for(kSecond);
    EXPECT_TRUE(sees_now(sim, alice, bob));
  }
  // An SSRC for each: no (SSRC, packet index) may come twice under one key.
  EXPECT_EQ(streams_from(alice, bob, MediaKind::kVideo).size(), 6U);
  expect_sees(alice, bob);
}

TEST(Presence, PausingStopsTheMediaAndResumingStartsWithAKeyframe) {
  Simulation sim({.seed = 38});
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  Person& alice = *sim.people()[0];
  Person& bob = *sim.people()[1];
  const auto* before = streams_from(alice, bob, MediaKind::kVideo).at(0);
  const std::uint64_t keyframes = before->keyframes;
  alice.pause();
  sim.run_for(kSecond);
  EXPECT_FALSE(sees_now(sim, alice, bob));
  EXPECT_GT(sim.drops(DropReason::kSubscriptionPaused), 0U);
  alice.resume();
  sim.run_for(kSecond);
  EXPECT_TRUE(sees_now(sim, alice, bob));
  const auto* after = streams_from(alice, bob, MediaKind::kVideo).at(0);
  EXPECT_GT(after->keyframes, keyframes);
  EXPECT_EQ(after->lost(), 0U) << "a pause is no loss";
}

}  // namespace
}  // namespace penstock::sim
