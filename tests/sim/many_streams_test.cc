// Goal: as many m-lines in one connection as configuration says, published and received. Method:
// three people publish more than a connection has room for by default, one receives all of it.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::size_t kPublished = 40;  // of each: half audio, half video

std::vector<test::SyntheticSourceConfig> many_sources(const Person& person) {
  std::vector<test::SyntheticSourceConfig> sources;
  for (std::size_t i = 0; i < kPublished; i += 2) {
    sources.push_back(test::audio(person.watermark()));
    sources.push_back(test::video(person.watermark()));
  }
  return sources;
}

TEST(ManyStreams, OneConnectionPublishesAndReceivesWhatConfigurationAllows) {
  Simulation sim({.seed = 91,
                  .pools = {.transports = 8,
                            .streams_per_transport = kPublished,
                            .subscriptions_per_transport = 3 * kPublished,
                            .streams = 256,
                            .subscriptions = 1'024}});
  for (int i = 0; i < 3; ++i) {
    Person& person = sim.join(kRoom, "person" + std::to_string(i));
    person.publish(many_sources(person));
  }
  sim.run_for(2 * kSecond);
  Person& watcher = sim.join(kRoom, "watcher");
  test::ClientConfig client;
  client.ssrcs_max = 6 * kPublished;
  watcher.set_client(client);
  watcher.subscribe_to_everyone();
  sim.run_for(5 * kSecond);

  EXPECT_EQ(watcher.mlines(), 3 * kPublished);
  for (const auto& person : sim.people()) {
    EXPECT_TRUE(person->errors().empty()) << person->errors().front();
    if (person.get() == &watcher) continue;
    expect_sees(watcher, *person);
    EXPECT_EQ(streams_from(watcher, *person, MediaKind::kAudio).size(), kPublished / 2);
    EXPECT_EQ(streams_from(watcher, *person, MediaKind::kVideo).size(), kPublished / 2);
  }
}

TEST(ManyStreams, OneMoreThanConfigurationAllowsIsRefusedWithTheKey) {
  Simulation sim(
      {.seed = 92,
       .pools = {
           .transports = 8, .subscriptions_per_transport = 3, .streams = 32, .subscriptions = 64}});
  start_call(sim, 3);  // each wants four
  sim.run_for(3 * kSecond);
  std::size_t refused = 0;
  for (const auto& person : sim.people()) {
    for (const std::string& error : person->errors()) {
      EXPECT_NE(error.find("limits.subscriptions_per_subscriber_max"), std::string::npos) << error;
      ++refused;
    }
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace penstock::sim
