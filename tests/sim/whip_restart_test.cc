// Goal: an ICE restart of WHIP and WHEP, after a change of network or without one, loses no media:
// the credentials of before are good until a pair with the new ones is nominated. Method: encoders
// and players that restart by PATCH in the simulator, while what arrives is counted.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/whip_client.h"

namespace penstock::sim {
namespace {

class WhipRestart : public testing::TestWithParam<WorkerIndex> {
 protected:
  WhipRestart() : sim({.seed = 621, .workers = GetParam()}) {
    encoder.publish();
    sim.run_for(kSecond);
    player.play();
    sim.run_for(2 * kSecond);
  }
  ~WhipRestart() override {
    encoder.end();
    player.end();
    sim.run_for(kSecond);
  }

  Simulation sim;
  WhipClient encoder{sim, HttpApi::kWhip, kRoom};
  WhipClient player{sim, HttpApi::kWhep, kRoom};
};

TEST_P(WhipRestart, LosesNothing) {
  for (WhipClient* client : {&encoder, &player}) {
    const std::string before = client->etag();
    client->restart_ice();
    sim.run_for(kSecond);
    EXPECT_EQ(client->status(), 200U) << client->last().body;
    EXPECT_NE(client->etag(), before);
    sim.run_for(2 * kSecond);
    expect_plays(sim, player, encoder.watermark());
  }
  EXPECT_EQ(sim.server().whip().stats().ice_restarts, 2U);
  // Consent of before the restart would have run out by now.
  sim.run_for(40 * kSecond);
  expect_plays(sim, player, encoder.watermark());
}

TEST_P(WhipRestart, OneThatComesToNothingLosesNothing) {
  const auto before = encoder.webrtc().secrets();
  encoder.restart_ice();
  // The client never learns of our credentials, and goes on as it was.
  sim.run_for(10 * kMillisecond);
  encoder.client()->webrtc->accept_restart(before.remote_ufrag, before.remote_pwd, sim.now());
  sim.run_for(5 * kSecond);
  expect_plays(sim, player, encoder.watermark());
}

TEST_P(WhipRestart, AnotherNetworkLosesNothingWhereTheOldOneStaysUntilThen) {
  encoder.restart_ice();
  sim.run_for(45 * kMillisecond);  // the response is there
  SocketAddress elsewhere = encoder.webrtc().local();
  ++elsewhere.port;
  encoder.client()->webrtc->rebind(elsewhere);
  sim.run_for(3 * kSecond);
  expect_plays(sim, player, encoder.watermark());
}

TEST_P(WhipRestart, PreconditionsAreLookedAt) {
  encoder.restart_ice(std::nullopt);
  sim.run_for(100 * kMillisecond);
  EXPECT_EQ(encoder.status(), 428U);
  encoder.restart_ice("\"another\"");
  sim.run_for(100 * kMillisecond);
  EXPECT_EQ(encoder.status(), 412U);
  encoder.restart_ice(encoder.etag());
  sim.run_for(kSecond);
  EXPECT_EQ(encoder.status(), 200U) << encoder.last().body;
  sim.run_for(2 * kSecond);
  expect_plays(sim, player, encoder.watermark());
}

INSTANTIATE_TEST_SUITE_P(Workers, WhipRestart, testing::Values(1, 2));

}  // namespace
}  // namespace penstock::sim
