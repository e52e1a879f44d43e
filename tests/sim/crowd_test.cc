// Goal: a class that comes at once from behind one address is connected soon.
// Method: clients that send an unanswered ClientHello again after a second, and then after twice as
// long each time; virtual time, in which handshakes cost nothing, so that only the limits count.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::size_t kCrowd = 100;

SimulationConfig crowd_config(const HandshakeLimits& limits) {
  SimulationConfig config{.seed = 93};
  config.pools = {.transports = 2 * kCrowd, .streams = 2 * kCrowd, .subscriptions = 4 * kCrowd};
  config.handshakes = limits;
  config.is_behind_nat = true;
  return config;
}

// How long it takes until the last of the crowd has keys.
Duration last_one_after(Simulation& sim) {
  start_call(sim, 1);
  sim.run_for(2 * kSecond);
  test::ClientConfig client;
  client.dtls_timeout = kSecond;
  for (std::size_t i = 0; i < kCrowd; ++i) {
    Person& person = sim.join(kRoom, "person" + std::to_string(sim.people().size() + 1));
    person.set_client(client);
    person.subscribe_to_everyone();
  }
  const Timestamp begin = sim.now();
  const auto is_connected = [](const auto& person) {
    return person->subscriber() != nullptr && person->subscriber()->was_connected;
  };
  EXPECT_TRUE(sim.run_until(
      [&] { return std::all_of(sim.people().begin() + 1, sim.people().end(), is_connected); },
      60 * kSecond));
  return sim.now() - begin;
}

TEST(Crowd, AHundredFromOneAddressHaveTheirKeysAtOnce) {
  Simulation sim(crowd_config({}));
  EXPECT_LE(last_one_after(sim), kSecond);
  EXPECT_EQ(sim.server().media().stats().dtls_handshakes_delayed, 0U);
}

// Nobody waits for a retransmission of his own: 100 of them, 50 a second, are done after 2 s.
TEST(Crowd, WhoHasToWaitWaitsNoLongerThanTheRateSays) {
  Simulation sim(crowd_config({.per_second = 50}));
  EXPECT_LE(last_one_after(sim), 3 * kSecond);
  EXPECT_GT(sim.server().media().stats().dtls_handshakes_delayed, kCrowd / 2);
}

TEST(Crowd, FewAtATimeAreEnough) {
  Simulation sim(crowd_config({.in_flight_max = 4}));
  EXPECT_LE(last_one_after(sim), 3 * kSecond);
  EXPECT_GT(sim.server().media().stats().dtls_handshakes_delayed, 0U);
}

}  // namespace
}  // namespace penstock::sim
