// Every reason for which a packet of a known flow goes no further, each produced on purpose.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class DropMediaTest : public WorkerTest {
 protected:
  DropMediaTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        source(add_stream(publisher)),
        subscription(subscribe(receiver, source)) {
    receive_rtp(publisher, {});
    run();
    EXPECT_EQ(take_media(receiver).size(), 1U);
    EXPECT_EQ(all_drops(), 0U);
  }
  // What is received now is dropped once, for this reason alone.
  void expect_one(DropReason reason) {
    run();
    EXPECT_EQ(drops(reason), 1U) << to_label(reason);
    EXPECT_EQ(all_drops(), 1U);
    EXPECT_TRUE(take_media(receiver).empty());
  }
  TestRtp next() { return {.sequence = ++sequence, .payload = {0x10, 0x01, 0, 0}}; }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle source;
  SubscriptionHandle subscription;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(DropMediaTest, TransportClosed) {
  registry->destroy_transport(publisher.transport, now);
  receive_rtp(publisher, next());
  workers[0]->run_once(now);
  EXPECT_EQ(drops(DropReason::kTransportClosed), 1U);
}

TEST_F(DropMediaTest, FlowRemoved) {
  registry->remove_flow(publisher.transport, {.remote_mac = {},
                                              .remote = publisher.address,
                                              .local = {addresses.ipv4.address, kPortBase}});
  run();
  receive_rtp(publisher, next());
  expect_one(DropReason::kFlowUnknown);
}

TEST_F(DropMediaTest, SrtpNoKeys) {
  TestPeer& fresh = add_peer();
  add_flow(fresh);
  receive(fresh, srtp(publisher, next()));
  expect_one(DropReason::kSrtpNoKeys);
}

TEST_F(DropMediaTest, RtpInvalid) {
  auto packet = srtp(publisher, next());
  packet[0] = 0x8F;  // more CSRCs than there are bytes
  packet.resize(40);
  receive(publisher, packet);
  expect_one(DropReason::kRtpInvalid);
}

TEST_F(DropMediaTest, SrtpTooShort) {
  auto packet = srtp(publisher, next());
  packet.resize(20);
  receive(publisher, packet);
  expect_one(DropReason::kSrtpTooShort);
}

TEST_F(DropMediaTest, SrtpReplay) {
  const auto packet = srtp(publisher, next());
  receive(publisher, packet);
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
  receive(publisher, packet);
  expect_one(DropReason::kSrtpReplay);
}

TEST_F(DropMediaTest, SrtpAuthFailed) {
  auto packet = srtp(publisher, next());
  packet.back() ^= 1;
  receive(publisher, packet);
  expect_one(DropReason::kSrtpAuthFailed);
}

TEST_F(DropMediaTest, StreamInactive) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from("v");
  config.codec = Codec::kVp8;
  config.payload_type = 96;
  config.is_sent = false;
  registry->update_stream(source, config);
  run();
  receive_rtp(publisher, next());
  expect_one(DropReason::kStreamInactive);
  config.is_sent = true;
  registry->update_stream(source, config);
  run();
  receive_rtp(publisher, next());
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U) << "with the numbers going on, no keyframe is needed";
}

TEST_F(DropMediaTest, SourceReplaced) {
  TestRtp other = next();
  other.ssrc = 0x2222;
  other.payload = TestRtp{}.payload;  // a keyframe
  receive_rtp(publisher, other);
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
  receive_rtp(publisher, next());
  expect_one(DropReason::kSourceReplaced);
}

TEST_F(DropMediaTest, CodecNotNegotiated) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from("v");
  config.codec = Codec::kH264;
  config.payload_type = 98;
  registry->update_stream(source, config);
  run();
  TestRtp recoded = next();
  recoded.payload_type = 98;
  recoded.payload = {0x67, 0x42, 0, 0};
  receive_rtp(publisher, recoded);
  expect_one(DropReason::kCodecNotNegotiated);
  registry->commit_retarget(subscription,
                            {.stream = source, .codec = Codec::kH264, .payload_type = 102});
  run();
  run_for(2 * kMillisecond);
  EXPECT_EQ(take_media(receiver).size(), 1U) << "it was kept";
  recoded.sequence = ++sequence;
  receive_rtp(publisher, recoded);
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
}

TEST_F(DropMediaTest, StreamNotSubscribed) {
  const StreamHandle other = add_stream(publisher, Codec::kVp8, "w", 97);
  ASSERT_TRUE(registry->prepare_retarget(subscription, other).has_value());
  TestRtp rtp = next();
  rtp.ssrc = 0x2222;
  rtp.payload_type = 97;
  rtp.payload = TestRtp{}.payload;
  receive_rtp(publisher, rtp);
  expect_one(DropReason::kStreamNotSubscribed);
  registry->commit_retarget(subscription,
                            {.stream = other, .codec = Codec::kVp8, .payload_type = 100});
  run();
  run_for(2 * kMillisecond);
  EXPECT_EQ(take_media(receiver).size(), 1U) << "it was kept";
  rtp.sequence = ++sequence;
  receive_rtp(publisher, rtp);
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U);
  receive_rtp(publisher, next());
  run();
  EXPECT_TRUE(take_media(receiver).empty()) << "what it showed before";
}

TEST_F(DropMediaTest, ManySsrcsOfOneTransportOneAfterTheOther) {
  for (std::uint32_t i = 0; i < 3 * StreamTable::ssrcs_max(kStreamsPerTransport); ++i) {
    TestRtp rtp = next();
    rtp.ssrc = 0x5000 + i;
    rtp.payload_type = 1;
    receive_rtp(publisher, rtp);
    run();
  }
  EXPECT_EQ(drops(DropReason::kSrtpTooManySsrcs), 0U);
  EXPECT_EQ(drops(DropReason::kStreamUnknown), 3 * StreamTable::ssrcs_max(kStreamsPerTransport));
}

TEST_F(DropMediaTest, SrtcpUnencrypted) {
  const std::vector<std::uint8_t> report = {0x80, 201, 0, 1, 0, 0, 0, 7};
  auto packet = srtcp(publisher, report);
  packet[packet.size() - 4] &= 0x7F;
  receive(publisher, packet);
  expect_one(DropReason::kSrtcpUnencrypted);
}

TEST_F(DropMediaTest, RtcpInvalid) {
  // A second packet in the compound that says it is longer than what is left.
  const std::vector<std::uint8_t> compound = {0x80, 201, 0, 1, 0, 0, 0, 7,  //
                                              0x81, 206, 0, 9, 0, 0, 0, 7};
  receive(publisher, srtcp(publisher, compound));
  expect_one(DropReason::kRtcpInvalid);
}

TEST_F(DropMediaTest, StreamUnknown) {
  TestRtp rtp = next();
  rtp.ssrc = 0x2222;
  rtp.mid = "nobody";
  receive_rtp(publisher, rtp);
  expect_one(DropReason::kStreamUnknown);
}

TEST_F(DropMediaTest, PayloadTypeUnknown) {
  TestRtp rtp = next();
  rtp.payload_type = 97;
  receive_rtp(publisher, rtp);
  expect_one(DropReason::kPayloadTypeUnknown);
}

TEST_F(DropMediaTest, StreamClosed) {
  registry->destroy_stream(source, now);
  receive_rtp(publisher, next());
  expect_one(DropReason::kStreamClosed);
}

TEST_F(DropMediaTest, SubscriptionPaused) {
  registry->set_paused(subscription, true);
  run();
  receive_rtp(publisher, next());
  expect_one(DropReason::kSubscriptionPaused);
}

TEST_F(DropMediaTest, SubscriberNotReady) {
  TestPeer& fresh = add_peer();
  subscribe(fresh, source, 0x8888);
  receive_rtp(publisher, next());
  run();
  EXPECT_EQ(drops(DropReason::kSubscriberNotReady), 1U);
  EXPECT_EQ(take_media(receiver).size(), 1U) << "others are not held up";
}

TEST_F(DropMediaTest, ReceiversTransportClosed) {
  registry->destroy_transport(receiver.transport, now);
  receive_rtp(publisher, next());
  expect_one(DropReason::kTransportClosed);
}

TEST_F(DropMediaTest, WaitingForKeyframe) {
  run_for(kHistoryAge + 10 * kMillisecond);
  TestPeer& late = add_connected_peer();
  subscribe(late, source, 0x8888);
  receive_rtp(publisher, next());
  run();
  EXPECT_EQ(drops(DropReason::kWaitingForKeyframe), 1U);
  EXPECT_EQ(all_drops(), 1U);
  TestRtp keyframe = next();
  keyframe.payload = {0x10, 0x00, 0, 0};
  receive_rtp(publisher, keyframe);
  run();
  EXPECT_EQ(take_media(late).size(), 1U);
}

TEST_F(DropMediaTest, SequenceTooOld) {
  TestRtp early = next();
  early.sequence = TestRtp{}.sequence - 1;  // before the keyframe that started the projection
  receive_rtp(publisher, early);
  expect_one(DropReason::kSequenceTooOld);
}

class DropOfSmallMtuTest : public WorkerTest {
 protected:
  DropOfSmallMtuTest() : WorkerTest({.mtu = kMtuMin}) {}
};

TEST_F(DropOfSmallMtuTest, PacketTooLargeForTheReceiver) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher));
  TestRtp large;
  large.payload.resize(kMtuMin - 28 - 12 - 16 + 1);
  receive_rtp(publisher, large);
  run();
  EXPECT_EQ(drops(DropReason::kPacketTooLarge), 1U);
  EXPECT_EQ(all_drops(), 1U);
  EXPECT_TRUE(take_media(receiver).empty());
}

TEST_F(DropMediaTest, PoolExhausted) {
  receive_rtp(publisher, next());
  host.set_limits({.packets = 0});
  expect_one(DropReason::kPoolExhausted);
}

TEST_F(DropMediaTest, TransmitQueueFull) {
  host.set_limits({.transmit_queue = 0});
  receive_rtp(publisher, next());
  const std::uint64_t sent = stats[0].frames_sent.get();
  run();
  EXPECT_EQ(all_drops(), 0U) << "there may be room soon";
  run_for(kTransmitStallMax);
  EXPECT_GT(drops(DropReason::kTransmitQueueFull), 0U);  // RTCP, too
  EXPECT_EQ(all_drops(), drops(DropReason::kTransmitQueueFull));
  EXPECT_TRUE(take_media(receiver).empty());
  EXPECT_EQ(stats[0].frames_sent.get(), sent) << "what the queue did not take was not sent";
}

TEST_F(DropMediaTest, OneBadPacketInABurstHurtsNoOther) {
  for (int i = 0; i < 40; ++i) {
    auto packet = srtp(publisher, next());
    if (i == 13) packet.back() ^= 1;
    receive(publisher, packet);
  }
  run();
  EXPECT_EQ(take_media(receiver).size(), 39U);
  EXPECT_EQ(drops(DropReason::kSrtpAuthFailed), 1U);
}

}  // namespace
}  // namespace penstock
