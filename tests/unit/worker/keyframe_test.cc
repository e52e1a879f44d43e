// Keyframe requests: who asks, how often the publisher hears of it, and that a lost one is
// repeated.
#include "dataplane/rtp/rtcp/fir.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class KeyframeTest : public WorkerTest {
 protected:
  KeyframeTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        source(add_stream(publisher)) {
    subscribe(receiver, source, 0x9999);
    receive_rtp(publisher, {});
    run_for(kSecond);
    static_cast<void>(take_sent());
    before = stats[0].keyframes_requested.get();
  }
  std::uint64_t asked() const { return stats[0].keyframes_requested.get() - before; }
  void send_pli(std::uint32_t ssrc = 0x9999) {
    std::array<std::uint8_t, 64> bytes;
    ByteWriter writer(bytes);
    write_pli(writer, {.sender_ssrc = 7, .media_ssrc = ssrc});
    receive(receiver, srtcp(receiver, std::span(bytes).first(writer.size())));
    run();
  }
  void receive_keyframe() {
    receive_rtp(publisher, {.sequence = ++sequence});
    run();
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle source;
  std::uint64_t before = 0;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(KeyframeTest, APliIsPassedOnWithThePublishersSsrc) {
  registry->set_transport_options(publisher.transport, {.is_reduced_size = true});
  run();
  send_pli();
  EXPECT_EQ(asked(), 1U);
  const auto rtcp = take_rtcp(publisher);
  ASSERT_EQ(rtcp.size(), 1U);
  CompoundReader reader(rtcp[0]);
  const auto pli = parse_pli(*reader.next());
  ASSERT_TRUE(pli.has_value());
  EXPECT_EQ(pli->media_ssrc, TestRtp{}.ssrc);
}

TEST_F(KeyframeTest, AFirDoesTheSame) {
  Fir fir;
  static_cast<void>(fir.entries.push_back({0x9999, 1}));
  std::array<std::uint8_t, 64> bytes;
  ByteWriter writer(bytes);
  write_fir(writer, fir);
  receive(receiver, srtcp(receiver, std::span(bytes).first(writer.size())));
  run();
  EXPECT_EQ(asked(), 1U);
}

TEST_F(KeyframeTest, OneInHalfASecondHoweverManyAsk) {
  for (int i = 0; i < 100; ++i) {
    registry->request_keyframe(source);
    receive_keyframe();
    run_for(20 * kMillisecond);
  }
  EXPECT_LE(asked(), 5U);
  EXPECT_GE(asked(), 4U);
}

TEST_F(KeyframeTest, AReceiverThatAsksOverAndOverIsHeardThreeTimesInTenSeconds) {
  for (int i = 0; i < 100; ++i) {
    send_pli();
    run_for(20 * kMillisecond);
    receive_keyframe();
    run_for(600 * kMillisecond);
  }
  EXPECT_EQ(asked(), 3U * 6) << "in 62 seconds";
  EXPECT_EQ(drops(DropReason::kKeyframeOverBudget), 100U - 3 * 6);
}

// Though nothing else makes the worker look at the publisher.
TEST_F(KeyframeTest, TheNextRequestIsMadeWhenItsTimeHasComeAndNotMuchLater) {
  send_pli();
  const Timestamp asked_at = now;
  while (asked() < 2U) run_for(kMillisecond);
  EXPECT_GE(now - asked_at, kKeyframeRequestInterval);
  EXPECT_LE(now - asked_at, kKeyframeRequestInterval + 10 * kMillisecond);
}

TEST_F(KeyframeTest, OneThatGotNoKeyframeIsAskedForAgain) {
  send_pli();
  run_for(2'100 * kMillisecond);
  EXPECT_EQ(asked(), 5U) << "every half second";
  receive_keyframe();
  run_for(2 * kSecond);
  EXPECT_EQ(asked(), 5U);
}

TEST_F(KeyframeTest, APublisherFarAwayIsAskedAgainWhenItsAnswerMayHaveCome) {
  registry->pools().transports.resolve(publisher.transport)->rtt_ns = 900 * kMillisecond;
  send_pli();
  run_for(890 * kMillisecond);
  EXPECT_EQ(asked(), 1U);
  run_for(20 * kMillisecond);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(KeyframeTest, APliForAnSsrcThatWeDoNotSendIsIgnored) {
  send_pli(0x1234);
  EXPECT_EQ(asked(), 0U);
}

TEST_F(KeyframeTest, TheControlPlaneMayAskToo) {
  registry->request_keyframe(source);
  run();
  EXPECT_EQ(asked(), 1U);
}

TEST_F(KeyframeTest, ANewReceiverAsksOnceItCanReceiveAndNotBefore) {
  run_for(10 * kMillisecond);  // what came is too old to begin with
  TestPeer& late = add_peer();
  const auto subscription = subscribe(late, source, 0x8888, true);
  registry->set_paused(subscription, false);
  run();
  add_flow(late);
  EXPECT_EQ(asked(), 0U);
  set_keys(late);
  EXPECT_EQ(asked(), 1U);
}

TEST_F(KeyframeTest, NothingIsAskedOfAnAudioStream) {
  const auto audio = add_stream(publisher, Codec::kOpus, "a", 111);
  subscribe(receiver, audio, 0x7777);
  receive_rtp(publisher, {.ssrc = 0x2222, .payload_type = 111, .mid = "a"});
  run();
  send_pli(0x7777);
  EXPECT_EQ(asked(), 0U);
}

// A dummy publisher's: there is nobody to ask.
TEST_F(KeyframeTest, AskingForAStreamWithoutATransportIsHarmless) {
  StreamConfig config;
  config.codec = Codec::kVp8;
  const auto dummy = registry->create_stream(config).value();
  const auto subscription = subscribe(receiver, dummy, 0x7777);
  for (int i = 0; i < 5; ++i) {
    registry->request_keyframe(dummy);
    send_pli(0x7777);
    run_for(kSecond);
  }
  EXPECT_EQ(asked(), 0U);
  registry->destroy_stream(dummy, now);
  registry->request_keyframe(dummy);
  send_pli(0x7777);
  run();
  EXPECT_EQ(asked(), 0U);
  registry->destroy_subscription(subscription, now);
}

}  // namespace
}  // namespace penstock
