// Goal: a whole call in virtual time, through the server's own worker and control code. Method:
// simulated clients with a real ICE, DTLS and SRTP stack publish and receive over a seeded network;
// what arrives is compared with what was sent.
#include <gtest/gtest.h>

#include "tests/sim/simulation.h"

namespace penstock::sim {
namespace {

// A call in which everybody publishes on one connection and receives all others on another, as
// janus.js does.
struct Call {
  std::vector<SimClient*> publishers;
  std::vector<SimClient*> subscribers;
};

Call start_call(Simulation& sim, std::size_t people) {
  Call call;
  for (std::size_t i = 0; i < people; ++i) {
    call.publishers.push_back(&sim.add_client());
    const auto sender = static_cast<std::uint32_t>(i + 1);
    sim.publish(*call.publishers.back(), {audio(sender), video(sender)});
  }
  for (std::size_t i = 0; i < people; ++i) {
    call.subscribers.push_back(&sim.add_client());
    std::vector<SimClient*> others;
    for (std::size_t j = 0; j < people; ++j) {
      if (j != i) others.push_back(call.publishers[j]);
    }
    sim.subscribe(*call.subscribers.back(), others);
  }
  return call;
}

TEST(Call, TwoPeopleSeeAndHearEachOtherWithoutLoss) {
  Simulation sim({.seed = 1});
  const Call call = start_call(sim, 2);
  sim.run_for(5 * kSecond);
  for (const SimClient* client : call.subscribers) {
    ASSERT_TRUE(client->webrtc->is_connected());
    EXPECT_TRUE(client->was_connected);
    ASSERT_EQ(client->webrtc->received().size(), 2U);
    for (const auto& [ssrc, stream] : client->webrtc->received()) {
      EXPECT_GT(stream.packets, 200U);
      EXPECT_EQ(stream.lost(), 0U);
      EXPECT_EQ(stream.duplicates, 0U);
      EXPECT_EQ(stream.foreign, 0U);
      EXPECT_TRUE(stream.is_order_kept());
      EXPECT_GT(stream.sender_reports, 2U);
    }
    EXPECT_EQ(client->webrtc->srtp_failures(), 0U);
  }
  for (const SimClient* client : call.publishers) {
    EXPECT_GT(client->webrtc->feedback_received(), 30U);
    EXPECT_GT(client->webrtc->receiver_reports(), 2U);
  }
}

}  // namespace
}  // namespace penstock::sim
