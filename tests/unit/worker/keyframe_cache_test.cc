// Receivers that begin with what is kept since the newest keyframe. With one worker and with two.
#include <numeric>

#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class KeyframeCacheTest : public WorkerTest, public testing::WithParamInterface<WorkerIndex> {
 protected:
  KeyframeCacheTest()
      : WorkerTest({.workers = GetParam()}),
        publisher(add_connected_peer()),
        joiner(add_connected_peer(static_cast<WorkerIndex>(GetParam() - 1))),
        source(add_stream(publisher)) {}

  // So many frames of one packet each, one in 33 ms; the last two bytes of each say which it is.
  void send_frames(int frames, std::size_t bytes = 100) {
    for (int i = 0; i < frames; ++i) {
      send_frame(false, bytes);
      run_for(33 * kMillisecond);
    }
  }
  void send_frame(bool is_keyframe, std::size_t bytes = 100) {
    receive_frame_of(next++, is_keyframe, bytes);
    run();
  }
  void receive_frame_of(std::uint16_t number, bool is_keyframe = false, std::size_t bytes = 100) {
    std::vector<std::uint8_t> payload(bytes, 0xAA);
    payload[0] = 0x10;
    payload[1] = is_keyframe ? 0x00 : 0x01;
    store_be16(payload.data() + payload.size() - 2, number);
    receive_rtp(publisher, {.sequence = 65'536ULL + number,
                            .timestamp = 3'000U * number,
                            .mid = "v",
                            .payload = payload});
  }
  SubscriptionHandle join() {
    const auto subscription = subscribe(joiner, source, 0x8888);
    run_for(2 * kMillisecond);
    return subscription;
  }
  // Which frames the joiner got, in order. That the numbers go on as the frames do is checked.
  std::vector<int> take_frames() {
    std::vector<int> frames;
    for (const auto& rtp : take_media(joiner)) {
      frames.push_back(load_be16(&rtp[rtp.size() - 2]));
      if (last_frame >= 0) {
        EXPECT_EQ(static_cast<std::uint16_t>(number_of(rtp) - last_number),
                  static_cast<std::uint16_t>(frames.back() - last_frame));
      }
      last_frame = frames.back();
      last_number = number_of(rtp);
    }
    return frames;
  }
  static std::vector<int> from_to(int first, int last) {
    std::vector<int> frames(static_cast<std::size_t>(last - first + 1));
    std::iota(frames.begin(), frames.end(), first);
    return frames;
  }
  std::uint64_t asked() const { return stats[0].keyframes_requested.get(); }
  std::uint64_t cached() const { return stats[GetParam() - 1].keyframes_cached.get(); }

  TestPeer& publisher;
  TestPeer& joiner;
  StreamHandle source;
  std::uint16_t next = 100;
  int last_frame = -1;
  std::uint16_t last_number = 0;
};

TEST_P(KeyframeCacheTest, AJoinerHasAPictureAtOnceAndNobodyIsAskedForIt) {
  send_frame(true);
  send_frames(10);
  const std::uint64_t before = asked();
  join();
  EXPECT_EQ(take_frames(), from_to(100, 110));
  EXPECT_EQ(cached(), 1U);
  send_frames(5);
  EXPECT_EQ(take_frames(), from_to(111, 115));
  run_for(kSecond);
  EXPECT_EQ(asked(), before);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_P(KeyframeCacheTest, WhatIsStillOnItsWayToTheReceiversWorkerIsNotSentTwice) {
  send_frame(true);
  send_frames(3);
  is_stopped[GetParam() - 1] = true;  // what comes now waits for it, more than an iteration takes
  subscribe(joiner, source, 0x8888);
  for (int i = 0; i < 300; ++i) {
    receive_frame_of(next++);
    run();
  }
  is_stopped[GetParam() - 1] = false;
  run();
  run_for(300 * kMillisecond);
  send_frames(3);
  EXPECT_EQ(take_frames(), from_to(100, 406));
  if (GetParam() == 2) {
    EXPECT_GT(drops(DropReason::kSentFromCache), 100U);
  }
}

TEST_P(KeyframeCacheTest, WhatComesLateAllTheSameHasItsPlace) {
  send_frame(true);
  send_frames(3);
  ++next;  // 104
  send_frames(3);
  join();
  EXPECT_EQ(take_frames(), (std::vector{100, 101, 102, 103, 105, 106, 107}));
  receive_frame_of(104);
  run();
  EXPECT_EQ(take_frames(), (std::vector{104}));
}

TEST_P(KeyframeCacheTest, TheNewestKeyframeIsTheOneToBeginWith) {
  send_frame(true);
  send_frames(5);
  send_frame(true);  // 106
  send_frames(5);
  join();
  EXPECT_EQ(take_frames(), from_to(106, 111));
}

TEST_P(KeyframeCacheTest, ForOneThatIsTooOldThePublisherIsAsked) {
  send_frame(true);
  send_frames(32);  // 1,056 ms
  const std::uint64_t before = asked();
  join();
  EXPECT_TRUE(take_frames().empty());
  EXPECT_EQ(asked(), before + 1);
}

// The way is taken to carry 1.5 Mb/s: 94 kB in half a second.
TEST_P(KeyframeCacheTest, IfMoreHasComeSinceThanTheWayCarriesThePublisherIsAsked) {
  send_frame(true);
  for (int i = 0; i < 80; ++i) send_frame(false, 1'000);
  join();
  run_for(300 * kMillisecond);
  EXPECT_EQ(take_frames().size(), 81U);
  for (int i = 0; i < 20; ++i) send_frame(false, 1'000);
  const std::uint64_t before = asked();
  TestPeer& another = add_connected_peer();
  subscribe(another, source, 0x7777);
  run();
  EXPECT_TRUE(take_media(another).empty());
  EXPECT_EQ(asked(), before + 1);
}

TEST_P(KeyframeCacheTest, AReceiverThatHasPausedNeverGoesBack) {
  send_frame(true);
  send_frames(3);
  const auto subscription = join();
  EXPECT_EQ(take_frames(), from_to(100, 103));
  registry->set_paused(subscription, true);
  run();
  send_frames(10);
  const std::uint64_t before = asked();
  registry->set_paused(subscription, false);
  run();
  EXPECT_TRUE(take_frames().empty());
  EXPECT_EQ(asked(), before + 1);
  send_frame(true);
  EXPECT_EQ(take_media(joiner).size(), 1U);
}

TEST_P(KeyframeCacheTest, WhoSwitchesToAnotherStreamHasItsPictureAtOnce) {
  const auto subscription = join();
  send_frame(true);
  send_frames(3);
  EXPECT_EQ(take_frames().size(), 4U);
  TestPeer& other = add_connected_peer();
  const StreamHandle shown = add_stream(other);
  receive_rtp(other, {.payload = {0x10, 0x00, 1, 1}});
  run();
  ASSERT_TRUE(registry->prepare_retarget(subscription, shown).has_value());
  registry->commit_retarget(subscription,
                            {.stream = shown, .codec = Codec::kVp8, .payload_type = 100});
  run();
  run_for(2 * kMillisecond);
  EXPECT_EQ(take_media(joiner).size(), 1U);
  receive_rtp(other, {.sequence = TestRtp{}.sequence + 1, .payload = {0x10, 0x01, 1, 2}});
  run();
  EXPECT_EQ(take_media(joiner).size(), 1U);
}

// H264: what a decoder needs for the keyframe stands in a packet before it.
TEST_P(KeyframeCacheTest, AKeyframeBeginsWithItsParameterSets) {
  const StreamHandle h264 = add_stream(publisher, Codec::kH264, "w", 97);
  std::uint64_t sequence = 65'536;
  for (const std::uint8_t nal : std::array<std::uint8_t, 4>{0x67, 0x68, 0x65, 0x61}) {
    receive_rtp(publisher, {.ssrc = 0x2222,
                            .payload_type = 97,
                            .sequence = sequence++,
                            .marker = nal == 0x65 || nal == 0x61,
                            .mid = "w",
                            .payload = {nal, 0xB8, 0, 0}});
  }
  run();
  subscribe(joiner, h264, 0x7777);
  run_for(2 * kMillisecond);
  EXPECT_EQ(take_media(joiner).size(), 4U);
}

TEST_P(KeyframeCacheTest, AJoinerWhoIsBehindIsFollowedByWhatComesMeanwhileInOrder) {
  send_frame(true, 1'000);
  for (int i = 0; i < 60; ++i) send_frame(false, 1'000);  // more than may go ahead of its time
  join();
  send_frames(10, 1'000);
  run_for(200 * kMillisecond);
  EXPECT_EQ(take_frames(), from_to(100, 170));
}

INSTANTIATE_TEST_SUITE_P(Workers, KeyframeCacheTest, testing::Values(1, 2));

}  // namespace
}  // namespace penstock
