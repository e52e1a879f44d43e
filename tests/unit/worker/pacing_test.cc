// Video goes to each receiver at a multiple of the rate at which it is made; audio does not wait.
#include <map>

#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kAudioSsrc = 0x2222;
constexpr std::size_t kPayloadBytes = 1'000;

class PacingTest : public WorkerTest {
 protected:
  explicit PacingTest(const WorkerTestConfig& config = {}) : WorkerTest(config) {
    stream = add_stream(*publisher);
    subscription = subscribe(*receiver, stream);
    static_cast<void>(take_sent());
  }

  void receive_video(bool is_keyframe = false) {
    std::vector<std::uint8_t> payload(kPayloadBytes, 0xAA);
    payload[0] = 0x10;
    payload[1] = is_keyframe ? 0x00 : 0x01;
    receive_rtp(*publisher, {.sequence = next_sequence++, .mid = "v", .payload = payload});
  }
  // One packet in 10 ms: 0.8 Mb/s and headers, for so long that it is known.
  void learn_the_rate() {
    receive_video(true);
    for (int i = 0; i < 100; ++i) {
      run_for(10 * kMillisecond);
      receive_video();
    }
    run();
    EXPECT_EQ(take_numbers().size(), 101U);
  }
  // Many packets at one instant, the first of which begins a keyframe.
  void receive_burst(int packets) {
    for (int i = 0; i < packets; ++i) receive_video(i == 0);
    run();
  }

  std::vector<std::uint16_t> take_numbers(TestPeer& peer) {
    std::vector<std::uint16_t> numbers;
    for (const auto& rtp : take_media(peer)) numbers.push_back(number_of(rtp));
    return numbers;
  }
  std::vector<std::uint16_t> take_numbers() { return take_numbers(*receiver); }

  TestPeer* publisher = &add_connected_peer();
  TestPeer* receiver = &add_connected_peer();
  StreamHandle stream;
  SubscriptionHandle subscription;
  std::uint64_t next_sequence = 65'536;
};

TEST_F(PacingTest, TheFirstKeyframeGoesAtOnce) {
  receive_burst(50);
  EXPECT_EQ(take_numbers().size(), 50U);
}

TEST_F(PacingTest, ABurstIsSpreadAndNothingIsLost) {
  learn_the_rate();
  receive_burst(40);
  std::vector<std::uint16_t> numbers = take_numbers();
  EXPECT_GE(numbers.size(), 1U);
  EXPECT_LE(numbers.size(), 3U) << "5 ms at 2.1 Mb/s";
  // 40 packets take 40 * 4 ms at the pace.
  std::size_t most = 0;
  for (const Timestamp begin = now; now < begin + kSecond;) {
    run_for(5 * kMillisecond);
    const auto more = take_numbers();
    most = std::max(most, more.size());
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  ASSERT_EQ(numbers.size(), 40U);
  for (std::size_t i = 1; i < numbers.size(); ++i)
    EXPECT_EQ(numbers[i], static_cast<std::uint16_t>(numbers[i - 1] + 1));
  EXPECT_LE(most, 4U);
  EXPECT_EQ(all_drops(), 0U);
  EXPECT_GE(stats[0].media_paced.get(), 37U);
}

TEST_F(PacingTest, WhatWaitsHasGoneWithinTheLongestDelay) {
  learn_the_rate();
  receive_burst(400);  // at the pace it would take 1.6 s
  run_for(Pace::kDelayMax + 20 * kMillisecond);
  EXPECT_EQ(take_numbers().size(), 400U);
}

TEST_F(PacingTest, AudioDoesNotWaitBehindVideo) {
  const StreamHandle audio = add_stream(*publisher, Codec::kOpus, "a", 111);
  subscribe(*receiver, audio, 0xA);
  learn_the_rate();
  receive_burst(40);
  static_cast<void>(take_media(*receiver));
  receive_rtp(*publisher, {.ssrc = kAudioSsrc, .payload_type = 111, .mid = "a"});
  run();
  const auto sent = take_media(*receiver);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(load_be32(&sent[0][8]), 0xAU);
  run_for(kSecond);
}

TEST_F(PacingTest, EachReceiverHasItsOwnPace) {
  learn_the_rate();
  TestPeer& other = add_connected_peer();
  subscribe(other, stream, 0x8888);
  run_for(60 * kMillisecond);  // it begins with what was kept
  static_cast<void>(take_sent());
  receive_burst(30);
  std::map<std::uint32_t, int> sent;
  for (const SentDatagram& datagram : take_sent()) ++sent[datagram.to.ip.v4_bytes()[3]];
  EXPECT_EQ(sent[other.address.ip.v4_bytes()[3]], 30) << "its rate is not known yet";
  EXPECT_LE(sent[receiver->address.ip.v4_bytes()[3]], 12);
  run_for(kSecond);
}

TEST_F(PacingTest, WhatWaitsForAReceiverThatGoesIsForgotten) {
  learn_the_rate();
  receive_burst(40);
  registry->destroy_transport(receiver->transport, now);
  run_for(kSecond);
  EXPECT_LE(take_sent().size(), 12U);
  // Another one may use the place.
  TestPeer& other = add_connected_peer();
  subscribe(other, stream, 0x8888);
  receive_burst(5);
  run_for(kSecond);
  EXPECT_EQ(take_media(other).size(), 5U);
}

TEST_F(PacingTest, WhatWaitsIsNotSentToWhoHasPausedMeanwhile) {
  learn_the_rate();
  receive_burst(40);
  registry->set_paused(subscription, true);
  run();
  static_cast<void>(take_media(*receiver));
  run_for(kSecond);
  EXPECT_TRUE(take_media(*receiver).empty());
  EXPECT_GE(drops(DropReason::kSubscriptionPaused), 28U);
}

TEST_F(PacingTest, WhatWaitsGoesBeforeTheSubscriptionShowsAnotherStream) {
  learn_the_rate();
  const StreamHandle next = add_stream(*publisher, Codec::kVp8, "w", 98);
  receive_burst(40);
  const std::size_t sent = take_numbers().size();
  const SubscriptionTarget target{.stream = next, .codec = Codec::kVp8, .payload_type = 100};
  ASSERT_TRUE(registry->prepare_retarget(subscription, next).has_value());
  registry->commit_retarget(subscription, target);
  run();
  EXPECT_EQ(sent + take_numbers().size(), 40U);
  run_for(kSecond);
  EXPECT_EQ(drops(DropReason::kStreamNotSubscribed), 0U);
}

class UnpacedTest : public PacingTest {
 protected:
  UnpacedTest() : PacingTest({.pacing_percent = 0}) {}
};

TEST_F(UnpacedTest, WithoutAFactorEverythingGoesAtOnce) {
  learn_the_rate();
  receive_burst(60);
  EXPECT_EQ(take_numbers().size(), 60U);
}

}  // namespace
}  // namespace penstock
