// Goal: what networks do to calls: reordering, duplication, addresses that change under a call,
// attackers. Method: links with jitter and duplicates, a client that moves, forged datagrams.
#include <gtest/gtest.h>

#include "dataplane/stun/writer.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

TEST(Network, ReorderingKeepsTheNumberingOfTheSender) {
  Simulation sim({.seed = 21, .link = {.jitter = 30 * kMillisecond}});
  start_call(sim, 3);
  sim.run_for(10 * kSecond);
  expect_all_see_each_other(sim);
  for (const auto& person : sim.people()) {
    for (const auto& [ssrc, stream] : person->subscriber()->webrtc->received()) {
      EXPECT_GT(stream.packets, 300U);
      // A projection starts at a keyframe's first packet: the rest of that frame may have overtaken
      // it and found no projection. And the last frame may still be on its way.
      EXPECT_LE(stream.lost(), 11U + 3U);
    }
  }
}

TEST(Network, DuplicatesAreForwardedOnce) {
  Simulation sim({.seed = 22});
  start_call(sim, 3);
  for (const auto& person : sim.people()) person->set_links({.duplicate_per_million = 100'000}, {});
  sim.run_for(10 * kSecond);
  expect_all_see_each_other(sim);
  EXPECT_GT(sim.drops(DropReason::kSrtpReplay), 100U);
  for (const auto& person : sim.people()) {
    EXPECT_GT(person->publisher()->uplink.counters().duplicated, 50U);
    for (const auto& [ssrc, stream] : person->subscriber()->webrtc->received())
      EXPECT_EQ(stream.lost(), 0U);
  }
}

TEST(Network, ADtlsFlightInIpFragmentsConnectsAndMediaInThemIsRefused) {
  Simulation sim({.seed = 29, .workers = 2});
  Person& alice = sim.join(kRoom, "alice");
  alice.set_client({}, [](SimClient& client) { client.fragment_bytes = 256; });
  alice.publish({audio(alice.watermark()), video(alice.watermark())});
  Person& bob = sim.join(kRoom, "bob");
  bob.set_client({}, [](SimClient& client) { client.fragment_bytes = 256; });
  bob.subscribe_to_everyone();
  sim.run_for(5 * kSecond);
  const auto heard = streams_from(bob, alice, MediaKind::kAudio);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_GT(heard[0]->packets, 150U);
  EXPECT_EQ(heard[0]->lost(), 0U);
  EXPECT_GT(sim.drops(DropReason::kFragmentNotDtls), 100U) << "video, whose packets are larger";
  EXPECT_EQ(sim.drops(DropReason::kFragmentOverlap), 0U);
}

SocketAddress another_port(const SimClient& client) {
  SocketAddress address = client.webrtc->local();
  ++address.port;
  return address;
}

TEST(Network, ASubscriberThatMovesIsFollowedByItsAuthenticatedCheckOnly) {
  Simulation sim({.seed = 23});
  start_call(sim, 2);
  sim.run_for(4 * kSecond);
  Person& bob = *sim.people()[1];
  SimClient& moving = *bob.subscriber();
  const SocketAddress old_address = moving.webrtc->local();
  const SocketAddress new_address = another_port(moving);
  moving.webrtc->rebind(new_address);
  // Until its next check the server knows nothing of the move.
  EXPECT_TRUE(sim.run_until([&] { return moving.last_sent_to == new_address; }, 4 * kSecond));
  EXPECT_GT(moving.uplink.counters().offered, 0U);
  sim.run_for(kSecond);
  EXPECT_EQ(moving.last_sent_to, new_address);
  EXPECT_NE(moving.last_sent_to, old_address);
  EXPECT_TRUE(sees_now(sim, bob, *sim.people()[0]));
  sim.run_for(40 * kSecond);
  EXPECT_TRUE(sees_now(sim, bob, *sim.people()[0])) << "consent is kept from the new address";
}

TEST(Network, APublisherThatMovesIsHeardAgainAfterItsCheck) {
  Simulation sim({.seed = 24, .workers = 2, .room_peers_per_worker_max = 1});
  start_call(sim, 2);
  sim.run_for(4 * kSecond);
  Person& alice = *sim.people()[0];
  alice.publisher()->webrtc->rebind(another_port(*alice.publisher()));
  const std::uint64_t unknown = sim.drops(DropReason::kFlowUnknown);
  sim.run_for(4 * kSecond);
  EXPECT_GT(sim.drops(DropReason::kFlowUnknown), unknown) << "media before the check";
  EXPECT_TRUE(sees_now(sim, *sim.people()[1], alice));
  expect_sees(*sim.people()[1], alice);
}

TEST(Network, PeersWhoseMacChangesAreFollowedByWhateverTheySendThatIsAuthentic) {
  Simulation sim({.seed = 25, .workers = 2, .room_peers_per_worker_max = 1});
  start_call(sim, 3);
  sim.run_for(4 * kSecond);
  std::uint8_t last = 0;
  for (const auto& person : sim.people()) {
    for (SimClient* client : {person->publisher(), person->subscriber()})
      sim.set_mac(*client, {{0x06, 0, 0, 0, 0, ++last}});
  }
  sim.run_for(3 * kSecond);
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      EXPECT_TRUE(person == other || sees_now(sim, *person, *other)) << person->name();
    }
  }
}

// Behind a NAT that forgets, two peers may have the same address, one after the other; a peer may
// also forge another's address in its checks.
TEST(Network, APeerIsNotSilencedByAnotherOneThatComesFromItsAddress) {
  Simulation sim({.seed = 26});
  start_call(sim, 3);
  sim.run_for(4 * kSecond);
  Person& alice = *sim.people()[0];
  Person& bob = *sim.people()[1];
  Person& carol = *sim.people()[2];
  const SocketAddress own = bob.publisher()->webrtc->local();
  bob.publisher()->webrtc->rebind(alice.publisher()->webrtc->local());
  for (int second = 0; second < 10; ++second) {
    sim.run_for(kSecond);
    ASSERT_TRUE(sees_now(sim, carol, alice)) << second;
  }
  EXPECT_TRUE(sees_now(sim, carol, bob)) << "whose packets they are, their keys say";
  bob.publisher()->webrtc->rebind(own);
  sim.run_for(6 * kSecond);
  EXPECT_TRUE(sees_now(sim, carol, alice));
  EXPECT_TRUE(sees_now(sim, carol, bob));
  expect_sees(carol, alice);
}

class Attack : public testing::Test {
 protected:
  Attack() {
    start_call(sim, 2);
    sim.run_for(4 * kSecond);
  }
  // Whatever the attacker sent: the path is where it was, and the call goes on.
  void expect_unimpressed() {
    const SocketAddress path = victim().webrtc->local();
    sim.run_for(kSecond);
    EXPECT_EQ(victim().last_sent_to, path);
    expect_all_see_each_other(sim);
    EXPECT_TRUE(sees_now(sim, *sim.people()[0], *sim.people()[1]));
  }
  SimClient& victim() { return *sim.people()[0]->publisher(); }
  std::vector<std::uint8_t> check(std::string_view password) {
    const auto& secrets = victim().webrtc->secrets();
    const std::string username = secrets.remote_ufrag + ":" + secrets.local_ufrag;
    std::vector<std::uint8_t> bytes(256);
    bytes.resize(stun::write_binding_request({.transaction_id = {1, 2, 3},
                                              .username = username,
                                              .password = password,
                                              .priority = 1,
                                              .use_candidate = true,
                                              .ice_controlling = 1,
                                              .ice_controlled = std::nullopt,
                                              .nomination = std::nullopt},
                                             bytes));
    return bytes;
  }

  Simulation sim{{.seed = 25}};
  const SocketAddress elsewhere{host_addresses(9).ipv4.address, 9'999};
};

TEST_F(Attack, ACheckWithAWrongPasswordFromElsewhereChangesNothing) {
  sim.inject(elsewhere, victim().webrtc->remote(), check("not the password of anybody"));
  expect_unimpressed();
}

TEST_F(Attack, ACheckWithAWrongPasswordFromTheVictimsAddressChangesNothing) {
  sim.inject(victim().webrtc->local(), victim().webrtc->remote(), check("wrong"));
  expect_unimpressed();
}

TEST_F(Attack, MediaReplayedFromElsewhereChangesNothing) {
  const std::uint64_t unknown = sim.drops(DropReason::kFlowUnknown);
  sim.inject(elsewhere, victim().webrtc->remote(), victim().webrtc->secrets().last_srtp_packet);
  expect_unimpressed();
  EXPECT_EQ(sim.drops(DropReason::kFlowUnknown), unknown + 1);
}

TEST_F(Attack, MediaReplayedFromTheVictimsAddressIsDropped) {
  const std::uint64_t replays = sim.drops(DropReason::kSrtpReplay);
  sim.inject(victim().webrtc->local(), victim().webrtc->remote(),
             victim().webrtc->secrets().last_srtp_packet);
  expect_unimpressed();
  EXPECT_EQ(sim.drops(DropReason::kSrtpReplay), replays + 1);
}

TEST_F(Attack, ForgedMediaFromTheVictimsAddressIsDropped) {
  std::vector<std::uint8_t> forged = victim().webrtc->secrets().last_srtp_packet;
  forged[3] = static_cast<std::uint8_t>(forged[3] + 5);  // a sequence number that is not used yet
  sim.inject(victim().webrtc->local(), victim().webrtc->remote(), forged);
  expect_unimpressed();
  EXPECT_EQ(sim.drops(DropReason::kSrtpAuthFailed), 1U);
}

TEST(IceRestart, MediaGoesOnAndConsentIsKeptWithTheNewCredentials) {
  Simulation sim({.seed = 26});
  start_call(sim, 2);
  sim.run_for(4 * kSecond);
  Person& bob = *sim.people()[1];
  const std::string ufrag_before = bob.subscriber()->webrtc->secrets().remote_ufrag;
  bob.restart_ice();
  for (int i = 0; i < 10; ++i) {
    sim.run_for(200 * kMillisecond);
    EXPECT_TRUE(sees_now(sim, bob, *sim.people()[0])) << i;
  }
  EXPECT_NE(bob.subscriber()->webrtc->secrets().remote_ufrag, ufrag_before);
  sim.run_for(40 * kSecond);
  EXPECT_TRUE(sees_now(sim, bob, *sim.people()[0]));
  expect_all_see_each_other(sim);
  EXPECT_TRUE(bob.errors().empty());
}

TEST(IceRestart, ThreeInARowWithLoss) {
  Simulation sim({.seed = 27, .link = {.loss_per_million = 100'000}});
  start_call(sim, 2);
  sim.run_for(4 * kSecond);
  Person& bob = *sim.people()[1];
  for (int i = 0; i < 3; ++i) {
    bob.restart_ice();
    sim.run_for(100 * kMillisecond);
  }
  sim.run_for(40 * kSecond);
  EXPECT_TRUE(sees_now(sim, bob, *sim.people()[0], kSecond));
  EXPECT_EQ(bob.events("hangup"), 0U);
}

}  // namespace
}  // namespace penstock::sim
