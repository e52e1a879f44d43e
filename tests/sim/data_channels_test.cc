// Goal: data channels from end to end in virtual time: DTLS, SCTP, rooms and the Janus API. Method:
// people whose clients offer data channels beside their media; what they say is compared with what
// the others hear.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::string_view kLabel = "JanusDataChannel";

void start_call_with_data(Simulation& sim, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Person& person = sim.join(kRoom, "person" + std::to_string(i + 1));
    person.set_client({.has_data = true});
    person.publish();
    person.subscribe_to_everyone();
  }
}

test::DataClient& publishing(const Person& person) { return *person.publisher()->webrtc->data(); }
test::DataClient& receiving(const Person& person) { return *person.subscriber()->webrtc->data(); }

// What one hears of another, who has one channel.
std::vector<std::string> heard(const Person& receiver, const Person& of) {
  const auto stream = receiving(receiver).find(std::to_string(of.id()));
  return stream ? receiving(receiver).received(*stream) : std::vector<std::string>{"no channel"};
}

TEST(DataChannels, WhatOneSaysEverybodyElseHears) {
  Simulation sim({.seed = 1});
  start_call_with_data(sim, 3);
  sim.run_for(3 * kSecond);
  expect_all_see_each_other(sim);
  std::map<const Person*, std::vector<std::string>> said;
  for (const auto& person : sim.people()) {
    ASSERT_NE(person->publisher()->webrtc->data(), nullptr);
    ASSERT_TRUE(publishing(*person).is_connected);
    const auto stream = publishing(*person).open(kLabel, sim.now());
    ASSERT_EQ(stream, 0);
    for (int i = 0; i < 20; ++i) {
      said[person.get()].push_back(person->name() + " " + std::to_string(i));
      publishing(*person).send(*stream, said[person.get()].back(), sim.now());
    }
  }
  sim.run_for(kSecond);
  for (const auto& receiver : sim.people()) {
    for (const auto& other : sim.people()) {
      if (receiver == other) continue;
      EXPECT_EQ(heard(*receiver, *other), said[other.get()]);
    }
    EXPECT_TRUE(publishing(*receiver).messages.empty());
    EXPECT_EQ(receiver->errors(), std::vector<std::string>{});
  }
}

TEST(DataChannels, ThroughLossEverythingArrives) {
  Simulation sim({.seed = 2, .link = {.loss_per_million = 50'000, .jitter = 10 * kMillisecond}});
  start_call_with_data(sim, 2);
  sim.run_for(5 * kSecond);
  const Person& speaker = *sim.people()[0];
  const auto stream = publishing(speaker).open(kLabel, sim.now());
  ASSERT_TRUE(stream);
  std::vector<std::string> said;
  for (int i = 0; i < 100; ++i) {
    said.push_back(std::string(static_cast<std::size_t>(i) * 40, 'x') + std::to_string(i));
    publishing(speaker).send(*stream, said.back(), sim.now());
    sim.run_for(20 * kMillisecond);
  }
  sim.run_for(10 * kSecond);
  EXPECT_EQ(heard(*sim.people()[1], speaker), said);
}

TEST(DataChannels, LargeMessagesArriveWhole) {
  Simulation sim({.seed = 3});
  start_call_with_data(sim, 2);
  sim.run_for(3 * kSecond);
  const Person& speaker = *sim.people()[0];
  const auto stream = publishing(speaker).open(kLabel, sim.now());
  std::string large(kSctpMessageBytesMax, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 131 >> 4);
  publishing(speaker).send(*stream, large, sim.now(), false);
  sim.run_for(10 * kSecond);
  EXPECT_EQ(heard(*sim.people()[1], speaker), std::vector{large});
}

TEST(DataChannels, WhoComesLaterHearsFromThenOnAndWhoLeavesTakesItsChannel) {
  Simulation sim({.seed = 4});
  start_call_with_data(sim, 2);
  sim.run_for(3 * kSecond);
  Person& speaker = *sim.people()[0];
  const auto stream = publishing(speaker).open(kLabel, sim.now());
  publishing(speaker).send(*stream, "before", sim.now());
  sim.run_for(kSecond);
  start_call_with_data(sim, 1);
  sim.run_for(3 * kSecond);
  publishing(speaker).send(*stream, "after", sim.now());
  sim.run_for(kSecond);
  const Person& late = *sim.people()[2];
  EXPECT_EQ(heard(*sim.people()[1], speaker), (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(heard(late, speaker), std::vector<std::string>{"after"});
  const std::uint64_t id = speaker.id();
  speaker.leave();
  sim.run_for(3 * kSecond);
  EXPECT_FALSE(receiving(late).find(std::to_string(id)));
}

// The channel opens only once both connections are there; who offers no data is as before.
TEST(DataChannels, WhoHasNoneHearsAndSeesTheRest) {
  Simulation sim({.seed = 5});
  start_call_with_data(sim, 1);
  start_call(sim, 1);
  sim.run_for(4 * kSecond);
  expect_all_see_each_other(sim);
  const Person& plain = *sim.people()[1];
  EXPECT_EQ(plain.publisher()->webrtc->data(), nullptr);
  ASSERT_NE(plain.subscriber()->webrtc->data(), nullptr);
  const auto stream = publishing(*sim.people()[0]).open(kLabel, sim.now());
  publishing(*sim.people()[0]).send(*stream, "x", sim.now());
  sim.run_for(kSecond);
  EXPECT_EQ(heard(plain, *sim.people()[0]), std::vector<std::string>{"x"});
}

// People whose clients have nothing but data channels, and no SRTP.
void start_data_alone(Simulation& sim, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Person& person = sim.join(kRoom, "data" + std::to_string(i + 1));
    person.set_client({.srtp_profiles = {}, .has_data = true});
    person.publish(std::vector<test::SyntheticSourceConfig>{});
    person.subscribe_to_everyone();
  }
}

TEST(DataChannels, AloneTheyNeedNoSrtp) {
  Simulation sim({.seed = 7});
  start_data_alone(sim, 2);
  sim.run_for(3 * kSecond);
  for (std::size_t i = 0; i < 2; ++i) {
    const Person& speaker = *sim.people()[i];
    ASSERT_NE(speaker.publisher()->webrtc->data(), nullptr);
    const auto stream = publishing(speaker).open(kLabel, sim.now());
    ASSERT_TRUE(stream);
    publishing(speaker).send(*stream, "of " + speaker.name(), sim.now());
    sim.run_for(kSecond);
    EXPECT_EQ(heard(*sim.people()[1 - i], speaker), std::vector{"of " + speaker.name()});
    EXPECT_EQ(speaker.errors(), std::vector<std::string>{});
  }
}

TEST(DataChannels, WhoHasNoSrtpIsOfferedNoMedia) {
  Simulation sim({.seed = 8});
  start_data_alone(sim, 2);
  sim.run_for(3 * kSecond);
  sim.join(kRoom, "seen").publish();
  sim.run_for(3 * kSecond);
  const Person& person = *sim.people()[0];
  ASSERT_FALSE(person.errors().empty());
  EXPECT_NE(person.errors()[0].find("need SRTP"), std::string::npos) << person.errors()[0];
  const Person& speaker = *sim.people()[1];
  const auto stream = publishing(speaker).open(kLabel, sim.now());
  publishing(speaker).send(*stream, "still here", sim.now());
  sim.run_for(kSecond);
  EXPECT_EQ(heard(person, speaker), std::vector<std::string>{"still here"});
}

TEST(DataChannels, MediaWithoutSrtpConnectsNobody) {
  Simulation sim({.seed = 9});
  Person& person = sim.join(kRoom, "person1");
  person.set_client({.srtp_profiles = {}, .has_data = true});
  person.publish();
  sim.run_for(3 * kSecond);
  EXPECT_EQ(sim.server().media().counts().peers, 0U) << "it was hung up on";
}

// One of them is gone without a word: its consent ends, and its queue with it.
TEST(DataChannels, WhoVanishesHurtsNobody) {
  Simulation sim({.seed = 6});
  start_call_with_data(sim, 3);
  sim.run_for(3 * kSecond);
  const Person& speaker = *sim.people()[0];
  const auto stream = publishing(speaker).open(kLabel, sim.now());
  sim.run_for(kSecond);
  sim.people()[1]->kill();
  const std::string text(1'000, 'x');
  for (int i = 0; i < 2'000; ++i) {
    publishing(speaker).send(*stream, text, sim.now());
    sim.run_for(20 * kMillisecond);
  }
  sim.run_for(kSecond);
  EXPECT_EQ(heard(*sim.people()[2], speaker).size(), 2'000U);
  EXPECT_GE(sim.server().media().data_stats().messages_sent, 2'000U);
}

}  // namespace
}  // namespace penstock::sim
