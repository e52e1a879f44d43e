// Goal: what the control plane knows of a connection is what the simulation knows of it. Method: a
// call over links of known delay and loss; receivers report what came (RFC 3550 section 6.4.2).
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr LinkConditions kUplink{.delay = 15 * kMillisecond};

class SnapshotTest : public testing::Test {
 protected:
  Person& join(const std::string& name, const LinkConditions& downlink) {
    Person& person = sim.join(kRoom, name);
    person.set_client({.asks_again = false,
                       .reports_reception = true,
                       .feedback = test::BandwidthFeedback::kTransportCc});
    person.set_links(kUplink, downlink);
    return person;
  }
  TransportSnapshot snapshot_of(const SimClient* client) {
    return sim.server().media().snapshot(client->peer).value();
  }

  Simulation sim{{.seed = 19}};
};

TEST_F(SnapshotTest, RoundTripAndCountsOfAReceiverAreTheTrueOnes) {
  Person& alice = join("alice", {.delay = 10 * kMillisecond});
  Person& bob = join("bob", {.loss_per_million = 100'000, .delay = 25 * kMillisecond});
  alice.publish();
  bob.subscribe_to_everyone();
  sim.run_for(10 * kSecond);
  alice.publisher()->webrtc->stop_media();
  sim.run_for(3 * kSecond);  // everything arrives, and is reported

  const TransportSnapshot snapshot = snapshot_of(bob.subscriber());
  EXPECT_TRUE(snapshot.is_connected);
  EXPECT_GE(snapshot.round_trip_ns, 40 * kMillisecond - kMillisecond);
  EXPECT_LE(snapshot.round_trip_ns, 40 * kMillisecond + 5 * kMillisecond);
  EXPECT_GT(snapshot.estimate_bps, 100'000U);
  ASSERT_EQ(snapshot.streams.size(), 2U);
  for (const StreamSnapshot& stream : snapshot.streams) {
    EXPECT_TRUE(stream.is_sent);
    const auto& received = bob.subscriber()->webrtc->received().at(stream.report.ssrc);
    EXPECT_EQ(stream.mid, received.mid);
    // What was lost before the first and behind the last packet that came, nobody could tell.
    EXPECT_NEAR(static_cast<double>(stream.report.packets),
                static_cast<double>(received.packets + received.lost()), 5)
        << stream.mid;
    EXPECT_EQ(stream.report.packets_lost, static_cast<std::int64_t>(received.lost()));
    EXPECT_GT(stream.report.packets_lost, 20);
    EXPECT_GT(stream.report.payload_bytes, 50 * stream.report.packets);
  }
}

TEST_F(SnapshotTest, WhatAPublisherSendsIsCounted) {
  Person& alice = join("alice", {.delay = 10 * kMillisecond});
  alice.publish();
  sim.run_for(5 * kSecond);
  alice.publisher()->webrtc->stop_media();
  sim.run_for(3 * kSecond);
  const TransportSnapshot snapshot = snapshot_of(alice.publisher());
  ASSERT_EQ(snapshot.streams.size(), 2U);
  std::uint64_t packets = 0;
  for (const StreamSnapshot& stream : snapshot.streams) {
    EXPECT_FALSE(stream.is_sent);
    EXPECT_NE(stream.report.ssrc, 0U);
    EXPECT_EQ(stream.report.packets_lost, 0);
    EXPECT_EQ(stream.report.fraction_lost, 0);
    packets += stream.report.packets;
  }
  EXPECT_EQ(packets, sim.server().stats(0).media_received.get());
}

TEST_F(SnapshotTest, WhoIsGoneHasNone) {
  Person& alice = join("alice", {});
  alice.publish();
  sim.run_for(kSecond);
  const PeerId peer = alice.publisher()->peer;
  EXPECT_TRUE(sim.server().media().snapshot(peer).has_value());
  alice.leave();
  sim.run_for(kSecond);
  EXPECT_FALSE(sim.server().media().snapshot(peer).has_value());
}

}  // namespace
}  // namespace penstock::sim
