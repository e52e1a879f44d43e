// STUN and DTLS at the worker: who is answered here, who goes to the control plane, and how many.
#include "dataplane/stun/message.h"
#include "dataplane/stun/nomination.h"
#include "dataplane/stun/responder.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

const SocketAddress kStranger{IpAddress::from_v4({198, 18, 7, 7}), 7'777};

TEST_F(WorkerTest, ACheckFromAnUnknownAddressGoesToTheControlPlaneWithoutATransport) {
  add_peer();
  receive(kStranger, kPortBase, check());
  run();
  ASSERT_EQ(punted.size(), 1U);
  EXPECT_TRUE(punted[0].transport.is_null());
  EXPECT_EQ(punted[0].path.remote, kStranger);
  EXPECT_EQ(punted[0].bytes, check());
  EXPECT_TRUE(take_sent().empty());
}

TEST_F(WorkerTest, ACheckOfAKnownFlowIsAnsweredHere) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  receive(peer, check());
  run();
  EXPECT_TRUE(punted.empty());
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, peer.address);
  stun::MessageView answer;
  ASSERT_EQ(stun::parse_message(sent[0].bytes, answer), DropReason::kNone);
  EXPECT_EQ(answer.message_class, stun::MessageClass::kSuccessResponse);
  EXPECT_EQ(stats[0].stun_answered.get(), 1U);
}

TEST_F(WorkerTest, ACheckWithOtherCredentialsFromAKnownFlowGoesToTheControlPlane) {
  // An ICE restart, or a new connection from the old port: the control plane knows all credentials.
  TestPeer& peer = add_peer();
  add_flow(peer);
  receive(peer, check("another-password-0123456"));
  run();
  ASSERT_EQ(punted.size(), 1U);
  EXPECT_TRUE(punted[0].transport.is_null());
  EXPECT_TRUE(take_sent().empty());
  EXPECT_TRUE(selected.empty());
}

TEST_F(WorkerTest, AResponseOrAnIndicationIsIgnored) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  auto response = check();
  response[0] = 0x01;  // success response
  receive(peer, response);
  run();
  EXPECT_EQ(drops(DropReason::kStunIgnored) + drops(DropReason::kStunInvalid), 1U);
  EXPECT_TRUE(punted.empty());
}

TEST_F(WorkerTest, ANominationOnAnotherFlowMovesThePathAndIsReported) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  const SocketAddress first = peer.address;
  peer.address.port = 9'999;
  add_flow(peer, false);
  receive(peer, check("server-password-0123456789", false));
  run();
  EXPECT_TRUE(selected.empty()) << "not nominated";
  receive(peer, check());
  run();
  ASSERT_EQ(selected.size(), 1U);
  EXPECT_EQ(selected[0].first, peer.transport);
  EXPECT_EQ(selected[0].second.remote, peer.address);
  EXPECT_NE(selected[0].second.remote, first);
}

// A peer with two validated pairs. Checks have the right credentials.
class NominationTest : public WorkerTest {
 protected:
  static constexpr std::uint32_t kHigh = 2'000;
  static constexpr std::uint32_t kLow = 1'000;

  NominationTest() : peer_(add_connected_peer()), first_(peer_.address), second_(first_) {
    second_.port = 9'999;
    peer_.address = second_;
    add_flow(peer_, false);
  }

  void check_from(const SocketAddress& from, std::uint32_t priority, bool nominates,
                  std::uint32_t number = 0) {
    receive(from, kPortBase, check("server-password-0123456789", nominates, priority, number));
    run();
  }
  void nominate(const SocketAddress& from, std::uint32_t priority, std::uint32_t number = 0) {
    check_from(from, priority, true, number);
  }
  SocketAddress used() const {
    return registry->pools().transports.resolve(peer_.transport)->path.remote;
  }

  TestPeer& peer_;
  SocketAddress first_;
  SocketAddress second_;
};

TEST_F(NominationTest, OfTwoNominatedTogetherTheHigherPriorityIsUsedInEitherOrder) {
  for (int i = 0; i < 3; ++i) {
    nominate(first_, kHigh);
    nominate(second_, kLow);
    EXPECT_EQ(used(), first_) << "nominated last, but worse";
  }
  run_for(stun::kNominationWindow + kMillisecond);
  nominate(second_, kLow);
  EXPECT_EQ(used(), second_) << "the peer nominates another one later: it moves";
  nominate(first_, kHigh);
  EXPECT_EQ(used(), first_);
  EXPECT_EQ(selected.size(), 2U) << "each move is reported, and nothing else";
}

// More of them than the ring and the worker's own list have room for; the last goes elsewhere.
TEST_F(NominationTest, AMoveThatFoundNoRoomIsToldLaterAndOnce) {
  SocketAddress third = second_;
  ++third.port;
  registry->add_flow(
      peer_.transport,
      {.remote_mac = kPeerMac, .remote = third, .local = {addresses.ipv4.address, kPortBase}},
      std::nullopt);
  run();
  is_control_stopped = true;
  host.set_limits({.ring_entries = 1});
  for (std::uint32_t number = 1; number <= 100; ++number)
    nominate(number % 2 == 0 ? first_ : second_, kHigh, number);
  nominate(third, kHigh, 101);
  is_control_stopped = false;
  host.set_limits({});
  run_for(kSecond);
  ASSERT_LT(selected.size(), 100U) << "some found no room";
  EXPECT_EQ(used(), third);
  EXPECT_EQ(selected.back().second.remote, third);
  const std::size_t told = selected.size();
  run_for(kSecond);
  EXPECT_EQ(selected.size(), told);
}

TEST_F(NominationTest, ThePriorityThatTheControlPlaneSawCounts) {
  peer_.address = first_;
  registry->add_flow(
      peer_.transport,
      {.remote_mac = kPeerMac, .remote = first_, .local = {addresses.ipv4.address, kPortBase}},
      stun::Nomination{.priority = kHigh, .number = 0, .at = now});
  run();
  nominate(second_, kLow);
  EXPECT_EQ(used(), first_);
}

TEST_F(NominationTest, APeerThatGoesOnNominatingTheBetterPairStaysThere) {
  nominate(first_, kHigh);
  run_for(10 * kSecond);
  nominate(first_, kHigh);
  run_for(kSecond);
  nominate(second_, kLow);
  EXPECT_EQ(used(), first_);
}

TEST_F(NominationTest, WithTheRenominationDraftTheHighestNumberIsUsedUntilARestart) {
  nominate(first_, kHigh, 7);
  nominate(second_, kLow, 8);
  EXPECT_EQ(used(), second_);
  nominate(first_, kHigh, 7);
  EXPECT_EQ(used(), second_);
  IceCredentials restarted = registry->pools().transports.resolve(peer_.transport)->ice;
  ASSERT_TRUE(restarted.local_ufrag.assign("server"));
  registry->set_ice_credentials(peer_.transport, restarted);
  run();
  nominate(first_, kHigh, 1);
  EXPECT_EQ(used(), second_) << "the same credentials: no restart";
}

TEST_F(NominationTest, APairOnWhichNothingIsHeardGivesWayToOneWithConsent) {
  nominate(first_, kHigh);
  for (Duration waited = 0; waited < kSelectedPairSilenceMax - kSecond; waited += kSecond) {
    run_for(kSecond);
    check_from(second_, kLow, false);
    ASSERT_EQ(used(), first_) << waited;
  }
  run_for(kSecond);
  check_from(second_, kLow, false);
  EXPECT_EQ(used(), second_);
  nominate(first_, kHigh);
  EXPECT_EQ(used(), first_) << "it is back";
}

TEST_F(NominationTest, MediaOnThePairIsBeingHeard) {
  add_stream(peer_);
  peer_.address = first_;
  nominate(first_, kHigh);
  for (std::uint64_t i = 0; i < 30; ++i) {
    receive_rtp(peer_, {.sequence = TestRtp{}.sequence + i, .mid = "v"});
    run_for(kSecond);
    check_from(second_, kLow, false);
    ASSERT_EQ(used(), first_) << i;
  }
}

TEST_F(WorkerTest, DtlsOfAKnownFlowIsPuntedAndFromStrangersDropped) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  const std::vector<std::uint8_t> record = {22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  receive(peer, record);
  receive(kStranger, kPortBase, record);
  run();
  ASSERT_EQ(punted.size(), 1U);
  EXPECT_EQ(punted[0].transport, peer.transport);
  EXPECT_EQ(drops(DropReason::kFlowUnknown), 1U);
}

TEST_F(WorkerTest, DtlsOfOneTransportIsLimited) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  const std::vector<std::uint8_t> record = {22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  for (int i = 0; i < 1'000; ++i) {
    receive(peer, record);
    run();
  }
  EXPECT_EQ(punted.size() + drops(DropReason::kPuntRateLimited), 1'000U);
  EXPECT_LE(punted.size(), 250U);
  EXPECT_GE(punted.size(), 150U);
}

TEST_F(WorkerTest, DtlsOfATransportWithDataChannelsMayBeAWholeWindow) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  registry->set_transport_options(peer.transport, {.has_data_channels = true});
  run();
  const std::vector<std::uint8_t> record = {22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  for (int i = 0; i < 500; ++i) {
    receive(peer, record);
    run();
  }
  EXPECT_EQ(punted.size(), 500U);
  EXPECT_EQ(drops(DropReason::kPuntRateLimited), 0U);
}

TEST_F(WorkerTest, StunFromStrangersIsLimitedForAllTogether) {
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    receive({kStranger.ip, static_cast<std::uint16_t>(1'000 + i)}, kPortBase, check());
    run();
  }
  EXPECT_EQ(punted.size() + drops(DropReason::kPuntRateLimited), 5'000U);
  EXPECT_LE(punted.size(), kStunPuntsPerSecond / 10 + 100);
  EXPECT_GT(punted.size(), 100U);
  punted.clear();
  run_for(kSecond);
  receive(kStranger, kPortBase, check());
  run();
  EXPECT_EQ(punted.size(), 1U) << "the limit is one of rate";
}

TEST_F(WorkerTest, WhatDoesNotFitThePuntRingIsDroppedAndCounted) {
  is_control_stopped = true;
  host.set_limits({.ring_entries = 4});
  for (int i = 0; i < 10; ++i) receive(kStranger, kPortBase, check());
  run();
  EXPECT_EQ(drops(DropReason::kPuntRingFull), 6U);
  is_control_stopped = false;
  run();
  EXPECT_EQ(punted.size(), 4U);
}

}  // namespace
}  // namespace penstock
