// Video waits for its turn: for audio, and for what its receivers take.
#include "dataplane/worker/worker.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class FanOutQueueTest : public WorkerTest {
 protected:
  FanOutQueueTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        video(add_stream(publisher)),
        audio(add_stream(publisher, Codec::kOpus, "a", 111)) {
    for (std::uint32_t i = 0; i < kReceivers; ++i) subscribe(receiver, video, 0x9000 + i);
    subscribe(receiver, audio, kAudioSsrc);
    run();
  }

  void receive_video(std::uint64_t sequence) {
    receive_rtp(publisher, {.ssrc = 0x1111, .sequence = TestRtp{}.sequence + sequence, .mid = "v"});
  }
  void receive_audio(std::uint64_t sequence) {
    receive_rtp(publisher, {.ssrc = 0x2222,
                            .payload_type = 111,
                            .sequence = TestRtp{}.sequence + sequence,
                            .mid = "a",
                            .payload = {1, 2, 3}});
  }
  static std::uint32_t ssrc_of(const std::vector<std::uint8_t>& rtp) {
    return load_be32(rtp.data() + 8);
  }

  static constexpr std::uint32_t kReceivers = 40;
  static constexpr std::uint32_t kAudioSsrc = 0x8000;
  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle video;
  StreamHandle audio;
};

TEST_F(FanOutQueueTest, AudioOvertakesVideoThatCameBeforeIt) {
  for (std::uint64_t i = 0; i < 10; ++i) receive_video(100 + i);
  receive_audio(50);
  run();
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 10 * kReceivers + 1);
  EXPECT_EQ(ssrc_of(media.front()), kAudioSsrc);
}

TEST_F(FanOutQueueTest, OneIterationSendsVideoToABoundedNumberOfReceivers) {
  for (std::uint64_t i = 0; i < 10; ++i) receive_video(100 + i);
  workers[0]->run_once(now);
  const std::size_t sent = take_media(receiver).size();
  EXPECT_EQ(sent, kVideoSendsPerIteration) << "and not all receivers of the second packet";
  run();
  EXPECT_EQ(take_media(receiver).size(), 10 * kReceivers - sent) << "the rest follows";
}

TEST_F(FanOutQueueTest, VideoKeepsItsOrder) {
  for (std::uint64_t i = 0; i < 10; ++i) receive_video(100 + i);
  run();
  std::uint16_t last = 0;
  std::size_t count = 0;
  for (const auto& rtp : take_media(receiver)) {
    if (ssrc_of(rtp) != 0x9000) continue;
    const std::uint16_t sequence = load_be16(rtp.data() + 2);
    if (count++ != 0) {
      EXPECT_EQ(static_cast<std::uint16_t>(sequence - last), 1);
    }
    last = sequence;
  }
  EXPECT_EQ(count, 10U);
}

TEST_F(FanOutQueueTest, VideoOfAStreamThatEndsWhileItWaitsIsDropped) {
  for (std::uint64_t i = 0; i < 10; ++i) receive_video(100 + i);
  workers[0]->run_once(now);
  const std::size_t sent = take_media(receiver).size();
  registry->destroy_stream(video, now);
  run();
  EXPECT_EQ(take_media(receiver).size(), 0U);
  EXPECT_GT(drops(DropReason::kStreamClosed), 0U);
  EXPECT_LT(sent, 10 * kReceivers);
}

TEST(FanOutQueue, RefusesWhatItCannotHoldAndKeepsTheOrder) {
  FanOutQueue queue(3, 0);
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(queue.push({1, round + i}));
    EXPECT_FALSE(queue.push({1, 5}));
    for (std::uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(queue.front().position(), round + i);
      EXPECT_EQ(queue.front().worker(), 1);
      queue.pop();
    }
    EXPECT_TRUE(queue.empty());
    ASSERT_TRUE(queue.push({1, 5}));  // begins the next round elsewhere
    queue.pop();
  }
}

TEST(FanOutQueue, RemembersWhoIsStillToGetTheFirstPacket) {
  FanOutQueue queue(2, 5);
  ASSERT_TRUE(queue.push({0, 1}));
  ASSERT_TRUE(queue.push({0, 2}));
  EXPECT_FALSE(queue.has_rest());
  std::array<SubscriptionHandle, 5> receivers;
  for (std::uint32_t i = 0; i < 5; ++i) receivers[i] = SubscriptionHandle(i, 1);
  queue.add_to_rest(std::span(receivers).first(2));
  queue.add_to_rest(std::span(receivers).subspan(2));
  ASSERT_EQ(queue.rest(3).size(), 3U);
  EXPECT_EQ(queue.rest(3)[2], receivers[2]);
  queue.take_of_rest(3);
  ASSERT_EQ(queue.rest(3).size(), 2U);
  EXPECT_EQ(queue.rest(3)[0], receivers[3]);
  EXPECT_TRUE(queue.has_rest());
  queue.pop();
  EXPECT_FALSE(queue.has_rest()) << "those were for the packet that is gone";
  queue.add_to_rest(receivers);
  queue.take_of_rest(5);
  EXPECT_FALSE(queue.has_rest());
}

}  // namespace
}  // namespace penstock
