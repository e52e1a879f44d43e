// A port that has no room for all that a worker has to send: what does not fit waits, audio before
// video, and is sent once to each receiver, whoever comes and goes meanwhile.
#include <map>
#include <set>

#include "dataplane/rtp/demux.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::size_t kRing = 256;
constexpr std::uint32_t kReceivers = 500;
constexpr std::uint32_t kReceiversPerPeer = 60;
constexpr std::uint32_t kAudioSsrcFirst = 0x8000;
constexpr std::uint32_t kVideoSsrcFirst = 0x9000;  // the first receiver's
// What a link of 10 Gb/s takes while a worker sends a batch of 64: frames of a microsecond each,
// made at 100 ns.
constexpr std::size_t kFramesPerIteration = 6;

class TransmitTest : public WorkerTest {
 protected:
  explicit TransmitTest(std::size_t ring = kRing)
      : WorkerTest({.limits = {.transmit_queue = ring},
                    .pools = {.transports = 12, .streams = 8, .subscriptions = 600}}),
        publisher(add_connected_peer()),
        video(add_stream(publisher)),
        audio(add_stream(publisher, Codec::kOpus, "a", 111)) {
    for (std::uint32_t i = 0; i <= kReceivers / kReceiversPerPeer + 1; ++i) {
      peers.push_back(&add_connected_peer());
    }
  }

  SubscriptionHandle add_receiver(std::uint32_t number, StreamHandle source, std::uint32_t ssrc) {
    return subscribe(*peers[number / kReceiversPerPeer % peers.size()], source, ssrc + number);
  }
  std::vector<SubscriptionHandle> add_video_receivers(std::uint32_t count) {
    std::vector<SubscriptionHandle> receivers;
    for (std::uint32_t i = 0; i < count; ++i) {
      receivers.push_back(add_receiver(i, video, kVideoSsrcFirst));
    }
    return receivers;
  }
  void receive_video() {
    receive_rtp(publisher, {.ssrc = 0x1111, .sequence = ++sequence, .mid = "v"});
  }
  void receive_audio() {
    receive_rtp(publisher, {.ssrc = 0x2222,
                            .payload_type = 111,
                            .sequence = ++sequence,
                            .mid = "a",
                            .payload = {1, 2, 3}});
  }

  // One iteration of the worker and of the control plane, and what the link takes meanwhile.
  void iterate(std::size_t link_frames = kFramesPerIteration) {
    workers[0]->run_once(now);
    registry->poll(now, *this);
    now += 6 * kMicrosecond;
    for (std::vector<std::uint8_t> frame; link_frames > 0 && host.take_sent(frame); --link_frames) {
      note({frame.begin() + 42, frame.end()});
    }
  }
  // Until the link has had nothing for a while.
  void drain() {
    for (std::size_t sent = 0, idle = 0; idle < 10; ++idle) {
      iterate();
      if (frames_sent != sent) idle = 0;
      sent = frames_sent;
    }
  }
  void note(const std::vector<std::uint8_t>& datagram) {
    ++frames_sent;
    const DatagramKind kind = classify_datagram(datagram);
    if (kind == DatagramKind::kStun) ++stun_sent;
    if (kind != DatagramKind::kRtp) return;
    const auto header = parse_rtp_header(datagram);
    sent_to[header->ssrc].push_back(header->sequence_number);
  }
  // What the receiver with this SSRC got, in its order, is so many packets in a row.
  void expect_in_order(std::uint32_t ssrc, std::size_t packets) {
    const std::vector<std::uint16_t>& numbers = sent_to[ssrc];
    ASSERT_EQ(numbers.size(), packets) << ssrc;
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      EXPECT_EQ(static_cast<std::uint16_t>(numbers[i] - numbers[i - 1]), 1) << ssrc;
    }
  }

  TestPeer& publisher;
  StreamHandle video;
  StreamHandle audio;
  std::vector<TestPeer*> peers;
  std::uint64_t sequence = TestRtp{}.sequence;
  std::map<std::uint32_t, std::vector<std::uint16_t>> sent_to;  // sequence numbers, by SSRC
  std::size_t frames_sent = 0;
  std::size_t stun_sent = 0;
};

TEST_F(TransmitTest, WhatWaitsCanBeMeasured) {
  EXPECT_EQ(workers[0]->waiting().packets, 0U);
  add_video_receivers(kReceivers);
  receive_video();
  drain();  // the keyframe that everybody begins with
  for (int i = 0; i < 10; ++i) receive_video();
  iterate(0);
  WaitingMedia waiting = workers[0]->waiting();
  EXPECT_EQ(waiting.packets, 10U);
  EXPECT_GE(waiting.slot_bytes, 10 * sizeof(Slot));
  EXPECT_EQ(waiting.receivers, kReceivers - kVideoSendsPerIteration);
  for (int i = 0; i < 10; ++i) iterate(0);
  waiting = workers[0]->waiting();
  EXPECT_GT(waiting.frames, 0U) << "the ring is full";
  EXPECT_EQ(waiting.receivers, kReceivers - kRing - waiting.frames);
  drain();
  waiting = workers[0]->waiting();
  EXPECT_EQ(waiting.packets + waiting.slot_bytes + waiting.receivers + waiting.frames, 0U);
}

TEST_F(TransmitTest, OnePacketReachesTwiceAsManyReceiversAsThePortHasRoomFor) {
  add_video_receivers(kReceivers);
  receive_video();
  drain();
  for (std::uint32_t i = 0; i < kReceivers; ++i) expect_in_order(kVideoSsrcFirst + i, 1);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(TransmitTest, SeveralPacketsKeepTheirOrderForEachReceiver) {
  add_video_receivers(64);
  for (int i = 0; i < 8; ++i) receive_video();
  drain();
  for (std::uint32_t i = 0; i < 64; ++i) expect_in_order(kVideoSsrcFirst + i, 8);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(TransmitTest, OnePacketOfAudioReachesAllToo) {
  for (std::uint32_t i = 0; i < kReceivers; ++i) add_receiver(i, audio, kAudioSsrcFirst);
  for (int i = 0; i < 3; ++i) receive_audio();
  drain();
  for (std::uint32_t i = 0; i < kReceivers; ++i) expect_in_order(kAudioSsrcFirst + i, 3);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(TransmitTest, AudioWaitsOnlyForWhatIsFinishedAndNotForTheRestOfTheVideo) {
  add_video_receivers(kReceivers);
  subscribe(*peers.back(), audio, kAudioSsrcFirst);
  for (int i = 0; i < 4; ++i) receive_video();
  while (host.packets().live() < kRing) iterate(0);
  for (int i = 0; i < 10; ++i) iterate(0);  // the port is full by now
  receive_audio();
  iterate(0);
  const std::size_t sent_before = frames_sent;
  while (sent_to[kAudioSsrcFirst].empty()) iterate(1);
  EXPECT_LE(frames_sent - sent_before, kRing + 2 * kTransmitBurst + FanOutChunk::kEntriesMax);
  drain();
  for (std::uint32_t i = 0; i < kReceivers; ++i) expect_in_order(kVideoSsrcFirst + i, 4);
}

TEST_F(TransmitTest, WhoStaysGetsThePacketOnceWhoeverComesAndGoesMeanwhile) {
  const auto receivers = add_video_receivers(kReceivers);
  receive_video();
  constexpr std::uint32_t kJoiners = 80;
  iterate(0);  // 64 are served; the rest stands in some 18 chunks
  ASSERT_LT(stats[0].media_forwarded.get(), kReceivers / 4);
  // Three of four go: whole chunks, and parts of chunks. Their memory is used again at once.
  std::set<std::uint32_t> stayed;
  for (std::uint32_t i = 0; i < kReceivers; ++i) {
    if (i % 100 < 15 || i % 10 == 0) {
      stayed.insert(i);
    } else {
      registry->destroy_subscription(receivers[i], now);
    }
  }
  for (int i = 0; i < 4; ++i) iterate(0);
  for (std::uint32_t i = kReceivers; i < kReceivers + kJoiners; ++i)
    add_receiver(i, video, kVideoSsrcFirst);
  drain();
  now += 2 * kMillisecond;
  drain();
  for (std::uint32_t i = 0; i < kReceivers; ++i) {
    if (stayed.contains(i)) {
      expect_in_order(kVideoSsrcFirst + i, 1);
    } else {
      EXPECT_LE(sent_to[kVideoSsrcFirst + i].size(), 1U);
    }
  }
  receive_video();
  drain();
  for (const std::uint32_t i : stayed) expect_in_order(kVideoSsrcFirst + i, 2);
  // What they have missed was kept.
  for (std::uint32_t i = kReceivers; i < kReceivers + kJoiners; ++i)
    expect_in_order(kVideoSsrcFirst + i, 2);
}

TEST_F(TransmitTest, TheRestOfAPacketEndsWithItsStream) {
  add_video_receivers(kReceivers);
  receive_video();
  receive_video();
  iterate(0);
  const std::uint64_t forwarded = stats[0].media_forwarded.get();
  ASSERT_LT(forwarded, kReceivers);
  registry->destroy_stream(video, now);
  drain();
  EXPECT_EQ(stats[0].media_forwarded.get(), forwarded);
  EXPECT_EQ(drops(DropReason::kStreamClosed), 2U);
}

class NoRoomTest : public TransmitTest {
 protected:
  NoRoomTest() {
    subscribe(*peers.back(), video, kVideoSsrcFirst);
    run();
    host.set_limits({.transmit_queue = 0});
  }
};

TEST_F(NoRoomTest, VideoWaitsWithinABoundAndWhatExceedsItIsDropped) {
  constexpr std::size_t kPackets = kVideoQueueMax + 200;
  for (std::size_t i = 0; i < kPackets; ++i) {
    receive_video();
    iterate();
  }
  const std::uint64_t dropped = drops(DropReason::kStreamShed) + 1;
  EXPECT_GT(dropped, 100U);
  EXPECT_LE(dropped, 200U);
  EXPECT_EQ(drops(DropReason::kVideoBacklogFull), 1U);
  EXPECT_EQ(all_drops(), dropped);
  host.set_limits({});
  drain();
  EXPECT_EQ(sent_to[kVideoSsrcFirst].size(), kPackets - dropped);
}

// All of what depends on the packet that had no room would be of no use.
TEST_F(NoRoomTest, AStreamThatWasShedComesBackWithAKeyframeAndWithoutAGap) {
  const std::vector<std::uint8_t> in_between{0x10, 0x01, 0xAA, 0xBB};
  const auto receive_other = [&] {
    receive_rtp(publisher,
                {.ssrc = 0x1111, .sequence = ++sequence, .mid = "v", .payload = in_between});
  };
  receive_video();
  for (std::size_t i = 0; drops(DropReason::kVideoBacklogFull) == 0; ++i) {
    ASSERT_LT(i, 2 * kVideoQueueMax);
    receive_other();
    iterate();
  }
  receive_video();  // a keyframe, for which there is no room either
  iterate();
  EXPECT_EQ(drops(DropReason::kStreamShed), 1U);
  EXPECT_EQ(stats[0].keyframes_requested.get(), 0U) << "it would make it worse";
  host.set_limits({});
  drain();
  const std::size_t before = sent_to[kVideoSsrcFirst].size();
  for (int i = 0; i < 3; ++i) receive_other();
  drain();
  EXPECT_EQ(sent_to[kVideoSsrcFirst].size(), before);
  EXPECT_EQ(drops(DropReason::kStreamShed), 4U);
  EXPECT_EQ(stats[0].keyframes_requested.get(), 1U);
  receive_video();
  receive_other();
  drain();
  expect_in_order(kVideoSsrcFirst, before + 2);
}

TEST_F(NoRoomTest, WhatIsShedOfOneStreamTakesNoRoomOfAnother) {
  TestPeer& other_publisher = add_connected_peer();
  const StreamHandle other = add_stream(other_publisher);
  constexpr std::uint32_t kOtherSsrc = 0xA000;
  subscribe(*peers.back(), other, kOtherSsrc);
  for (std::size_t i = 0; drops(DropReason::kVideoBacklogFull) == 0; ++i) {
    ASSERT_LT(i, 2 * kVideoQueueMax);
    receive_video();
    iterate();
  }
  host.set_limits({});
  for (int i = 0; i < 3; ++i)
    receive_rtp(other_publisher, {.sequence = TestRtp{}.sequence + static_cast<unsigned>(i)});
  drain();
  expect_in_order(kOtherSsrc, 3);
}

TEST_F(NoRoomTest, AudioAndChecksAreTakenHoweverMuchVideoWaits) {
  subscribe(*peers.back(), audio, kAudioSsrcFirst);
  for (int i = 0; i < 900; ++i) receive_video();
  receive_audio();
  receive(publisher, check());
  for (int i = 0; i < 40; ++i) iterate();
  EXPECT_GT(drops(DropReason::kVideoBacklogFull), 0U);
  host.set_limits({});
  iterate();
  iterate(2 * kTransmitBurst + FanOutChunk::kEntriesMax);
  EXPECT_EQ(sent_to[kAudioSsrcFirst].size(), 1U);
  EXPECT_EQ(stun_sent, 1U);
  EXPECT_LT(sent_to[kVideoSsrcFirst].size(), kVideoQueueMax / 2) << "more of it waits";
}

TEST_F(NoRoomTest, NothingThatThePortTookNothingOfForAWhileIsSentLater) {
  constexpr std::size_t kPackets = 300;  // finished ones, and a queue
  for (std::size_t i = 0; i < kPackets; ++i) receive_video();
  for (int i = 0; i < 20; ++i) iterate();
  EXPECT_EQ(all_drops(), 0U);
  now += kTransmitStallMax;
  iterate();
  EXPECT_EQ(drops(DropReason::kTransmitQueueFull), kPackets);
  receive_video();
  iterate();
  now += kTransmitStallMax / 2;
  iterate();
  host.set_limits({});
  drain();
  EXPECT_EQ(sent_to[kVideoSsrcFirst].size(), 1U) << "what waited for less is sent";
  EXPECT_EQ(all_drops(), kPackets);
}

TEST_F(NoRoomTest, AnswersWaitWithinABound) {
  for (int i = 0; i < 40; ++i) receive_video();
  constexpr std::size_t kChecks = 600;
  for (std::size_t i = 0; i < kChecks; ++i) {
    receive(publisher, check());
    iterate();
  }
  EXPECT_GT(drops(DropReason::kTransmitQueueFull), kChecks - kTransmitWaitingMax);
  EXPECT_LT(drops(DropReason::kTransmitQueueFull), kChecks / 2);
  const std::uint64_t dropped = drops(DropReason::kTransmitQueueFull);
  host.set_limits({});
  drain();
  EXPECT_EQ(stun_sent + dropped, kChecks);
  expect_in_order(kVideoSsrcFirst, 40);
  EXPECT_EQ(all_drops(), dropped);
}

// Of another worker's streams: those come whether the port is read or not.
class NoRoomForOthersTest : public WorkerTest {
 protected:
  NoRoomForOthersTest() : WorkerTest({.workers = 2}) {}
};

TEST_F(NoRoomForOthersTest, VideoThatOtherWorkersHandOverWaitsWithinABound) {
  TestPeer& publisher = add_connected_peer(0);
  TestPeer& receiver = add_connected_peer(1);
  subscribe(receiver, add_stream(publisher));
  host.set_limits({.transmit_queue = 0});
  constexpr std::size_t kPackets = kVideoQueueMax + 100;
  for (std::size_t i = 0; i < kPackets; ++i) {
    receive_rtp(publisher, {.sequence = TestRtp{}.sequence + i});
    run();
  }
  EXPECT_EQ(drops(DropReason::kVideoBacklogFull), 1U);
  const std::uint64_t dropped = 1 + drops(DropReason::kStreamShed);
  EXPECT_EQ(all_drops(), dropped);
  host.set_limits({});
  run_for(10 * kMillisecond);
  EXPECT_EQ(take_media(receiver).size(), kPackets - dropped);
}

}  // namespace
}  // namespace penstock
