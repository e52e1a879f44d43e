// Commands and events: what the worker keeps of them, and that its tables never fill up with what
// is long gone.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

TEST_F(WorkerTest, MediaStartAndStopAreReported) {
  TestPeer& publisher = add_connected_peer();
  const auto source = add_stream(publisher);
  receive_rtp(publisher, {});
  run();
  ASSERT_EQ(media_changes.size(), 1U);
  EXPECT_EQ(media_changes[0], std::pair(source, true));
  run_for(900 * kMillisecond);
  EXPECT_EQ(media_changes.size(), 1U);
  run_for(200 * kMillisecond);
  ASSERT_EQ(media_changes.size(), 2U);
  EXPECT_EQ(media_changes[1], std::pair(source, false));
}

TEST_F(WorkerTest, SubscriptionsOfAReceiverThatCannotSendYetMayComeAndGoForEver) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_peer();  // no keys, no path: no reports run over its table
  const auto source = add_stream(publisher);
  for (std::uint32_t i = 0; i < 3 * kSubscriptionsPerTransport; ++i) {
    const auto gone = subscribe(receiver, source, 1'000 + i);
    registry->destroy_subscription(gone, now);
    run();
  }
  subscribe(receiver, source, 0x9999);
  add_flow(receiver);
  set_keys(receiver);
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
  // Its table knows the newest: a PLI for it finds its stream.
  run_for(kSecond);
  const std::uint64_t asked = stats[0].keyframes_requested.get();
  const std::vector<std::uint8_t> pli = {0x81, 206, 0, 2, 0, 0, 0, 7, 0, 0, 0x99, 0x99};
  receive(receiver, srtcp(receiver, pli));
  run();
  EXPECT_EQ(stats[0].keyframes_requested.get(), asked + 1);
}

TEST_F(WorkerTest, ATableCanBeFullAndRefilledWithinOneBatchOfCommands) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  const auto source = add_stream(publisher);
  std::vector<SubscriptionHandle> first;
  for (std::uint32_t i = 0; i < kSubscriptionsPerTransport; ++i)
    first.push_back(subscribe(receiver, source, 1'000 + i));
  for (const auto handle : first) registry->destroy_subscription(handle, now);
  // No timer has run: the table is still full of what was destroyed.
  for (std::uint32_t i = 0; i < kSubscriptionsPerTransport; ++i)
    subscribe(receiver, source, 2'000 + i);
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(take_media(receiver).size(), kSubscriptionsPerTransport);
}

TEST_F(WorkerTest, AStreamThatReplacesAnotherOfTheSameMidLosesNoPacket) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  const auto old_stream = add_stream(publisher, Codec::kVp8, "v", 96);
  receive_rtp(publisher, {.mid = "v"});
  run();
  const auto new_stream = add_stream(publisher, Codec::kVp8, "v", 97);
  registry->destroy_stream(old_stream, now);
  subscribe(receiver, new_stream);
  run_for(10 * kMillisecond);
  receive_rtp(publisher, {.ssrc = 0x3333, .payload_type = 97, .mid = "v"});
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
}

TEST_F(WorkerTest, StreamsMayComeAndGoForEver) {
  TestPeer& publisher = add_connected_peer();
  for (std::size_t i = 0; i < 3 * kStreamsPerTransport; ++i) {
    registry->destroy_stream(add_stream(publisher, Codec::kOpus, "a" + std::to_string(i), 111),
                             now);
    run();
  }
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher, Codec::kOpus, "last", 111));
  receive_rtp(publisher, {.payload_type = 111, .mid = "last"});
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
}

TEST_F(WorkerTest, TransportsOfAFullWorkerMayBeReplacedAtOnce) {
  for (int round = 0; round < 3; ++round) {
    std::vector<TransportHandle> handles;
    for (int i = 0; i < 8; ++i) handles.push_back(add_connected_peer().transport);
    for (const auto handle : handles) registry->destroy_transport(handle, now);
    run();
  }
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(WorkerTest, ADestroyedTransportsFlowIsAStrangerAgain) {
  TestPeer& peer = add_connected_peer();
  registry->destroy_transport(peer.transport, now);
  run_for(50 * kMillisecond);
  receive_rtp(peer, {});
  run();
  EXPECT_EQ(drops(DropReason::kFlowUnknown), 1U);
}

TEST_F(WorkerTest, AFlowThatAnotherTransportTakesOverStaysItsOwn) {
  TestPeer& old_peer = add_connected_peer();
  TestPeer& new_peer = add_peer();
  new_peer.address = old_peer.address;
  add_flow(new_peer);
  set_keys(new_peer);
  registry->destroy_transport(old_peer.transport, now);
  run_for(50 * kMillisecond);
  add_stream(new_peer);
  receive_rtp(new_peer, {});
  run();
  EXPECT_EQ(stats[0].media_received.get(), 1U);
}

TEST_F(WorkerTest, KeysAreUsedFromTheirCommandOn) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  add_stream(peer);
  is_stopped[0] = true;
  set_keys(peer);
  EXPECT_FALSE(registry->pools().transports.resolve(peer.transport)->receive.is_ready());
  is_stopped[0] = false;
  run();
  receive_rtp(peer, {});
  run();
  EXPECT_EQ(stats[0].media_received.get(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(WorkerTest, SecondKeysAreRefusedAndMediaGoesOn) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher));
  SrtpKeys others;
  others.send.key.fill(0x77);
  for (const TestPeer* peer : {&publisher, &receiver}) {
    EXPECT_EQ(registry->set_srtp_keys(peer->transport, others).error(), DataplaneError::kHasKeys);
  }
  run();
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
}

// An m-line of video may come to be simulcast, and no longer be, with its subscriptions.
TEST_F(WorkerTest, AStreamGetsMoreEncodingsInPlaceAndGivesThemUpAgain) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from("v");
  config.codec = Codec::kVp8;
  config.payload_type = 96;
  ASSERT_TRUE(config.signalled_ssrcs.push_back(0x1111));
  const StreamConfig one = config;
  const StreamHandle handle = add_stream(config);
  subscribe(receiver, handle);
  Stream& stream = *registry->pools().streams.resolve(handle);
  std::uint64_t sequence = TestRtp{}.sequence;
  // A keyframe of each, and who of the receiver got how many.
  const auto send = [&](std::initializer_list<std::uint32_t> ssrcs) {
    ++sequence;
    for (const std::uint32_t ssrc : ssrcs) {
      receive_rtp(publisher, {.ssrc = ssrc,
                              .sequence = sequence,
                              .timestamp = static_cast<std::uint32_t>(sequence * 3'000)});
    }
    run_for(20 * kMillisecond);
    return take_media(receiver).size();
  };
  EXPECT_EQ(send({0x1111}), 1U);

  for (const std::uint32_t ssrc : {0x2222U, 0x3333U, 0x4444U})
    ASSERT_TRUE(config.signalled_ssrcs.push_back(ssrc));
  registry->update_stream(handle, config);
  EXPECT_EQ(stream.encoding_count(), 1U) << "until its worker has heard of it";
  run();
  EXPECT_EQ(send({0x1111, 0x2222, 0x3333, 0x4444}), 1U) << "one of them is forwarded";
  ASSERT_EQ(stream.encoding_count(), kEncodingsMax);
  for (std::size_t i = 0; i < kEncodingsMax; ++i)
    EXPECT_EQ(stream.encoding(i).reception.ssrc(), config.signalled_ssrcs[i]);

  registry->update_stream(handle, one);
  run();
  EXPECT_EQ(stream.encoding_count(), 1U);
  EXPECT_EQ(send({0x1111}), 1U);
  registry->update_stream(handle, config);
  run();
  EXPECT_EQ(send({0x1111, 0x2222, 0x3333, 0x4444}), 1U);

  // Those that are gone follow the description, too: with another codec begins another source.
  const std::uint32_t source = stream.encoding(1).reception.source();
  ASSERT_NE(source, 0U);
  StreamConfig recoded = one;
  recoded.codec = Codec::kH264;
  registry->update_stream(handle, recoded);
  run();
  EXPECT_EQ(stream.encoding_count(), 1U);
  EXPECT_NE(stream.encoding(1).reception.source(), source);
}

// However little time there is between them.
TEST_F(WorkerTest, EncodingsThatWereOfferedAndTakenBackAtOnceAreNotLookedAt) {
  TestPeer& publisher = add_connected_peer();
  StreamConfig one;
  one.transport = publisher.transport;
  one.codec = Codec::kVp8;
  one.payload_type = 96;
  const StreamHandle handle = add_stream(one);
  StreamConfig two = one;
  for (const std::uint32_t ssrc : {0x1111U, 0x2222U})
    ASSERT_TRUE(two.signalled_ssrcs.push_back(ssrc));
  registry->update_stream(handle, two);
  registry->update_stream(handle, one);
  run();
  EXPECT_EQ(registry->pools().streams.resolve(handle)->encoding_count(), 1U);
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(stats[0].media_received.get(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(WorkerTest, ThePlaneBelowSendsWhatTheControlPlaneHandsDown) {
  const SocketAddress to{IpAddress::from_v4({198, 18, 3, 3}), 3'333};
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  registry->send_datagram(0,
                          {.remote_mac = {{0x02, 0, 0, 0, 0, 0x77}},
                           .remote = to,
                           .local = {addresses.ipv4.address, kPortBase}},
                          bytes);
  run();
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, to);
  EXPECT_EQ(sent[0].from.port, kPortBase);
  EXPECT_EQ(sent[0].bytes, bytes);
}

}  // namespace
}  // namespace penstock
