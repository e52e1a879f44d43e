// STUN and DTLS at the worker: who is answered here, who goes to the control plane, and how many.
#include "dataplane/stun/message.h"
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
