// Goal: what is done with the levels of audio in a whole call. Method: people whose microphones say
// how loud they are; what they are told of each other.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::uint8_t kQuiet = 75;  // -dBov
constexpr std::uint8_t kSpeaks = 25;

TEST(Audio, WhoSpeaksIsToldToEverybodyAndACoughIsNot) {
  Simulation sim({.seed = 5, .workers = 2, .room_peers_per_worker_max = 3});
  Person& host = sim.join(kRoom, "host");
  host.create_room(kDoomed, {{"publishers", 6}, {"dominant_speaker", true}});
  sim.run_for(kSecond);
  for (int i = 0; i < 4; ++i) {
    Person& person = sim.join(kDoomed, "person" + std::to_string(i));
    person.publish();
    person.subscribe_to_everyone();
  }
  sim.run_for(3 * kSecond);
  const auto people = std::span(sim.people()).subspan(1);
  const auto set_level = [&](std::size_t who, std::uint8_t level) {
    people[who]->publisher()->webrtc->set_audio_level(level);
  };
  const auto expect_dominant = [&](std::size_t who, std::size_t changes) {
    for (const auto& person : people) {
      EXPECT_EQ(person->dominant_speaker(), people[who]->id()) << person->name();
      EXPECT_EQ(person->events("dominant-speaker"), changes) << person->name();
    }
  };
  for (std::size_t i = 0; i < people.size(); ++i) set_level(i, kQuiet);
  sim.run_for(kSecond);
  EXPECT_EQ(people[0]->events("dominant-speaker"), 0U);

  set_level(1, kSpeaks);
  sim.run_for(2 * kSecond);
  expect_dominant(1, 1);
  set_level(1, kQuiet);
  set_level(2, 5);
  sim.run_for(200 * kMillisecond);
  set_level(2, kQuiet);
  sim.run_for(2 * kSecond);
  expect_dominant(1, 1);
  set_level(3, kSpeaks);
  sim.run_for(kSecond);
  expect_dominant(3, 2);

  people[3]->leave();
  set_level(0, kSpeaks);
  sim.run_for(2 * kSecond);
  EXPECT_EQ(people[1]->dominant_speaker(), people[0]->id());
  Person& late = sim.join(kDoomed, "late");
  sim.run_for(kSecond);
  EXPECT_EQ(late.dominant_speaker(), people[0]->id()) << "who joins is told who it is";
  EXPECT_EQ(late.events("dominant-speaker"), 0U);
  host.destroy_room(kDoomed);
  sim.run_for(kSecond);
}

}  // namespace
}  // namespace penstock::sim
