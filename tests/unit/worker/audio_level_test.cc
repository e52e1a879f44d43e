// What the levels of audio are used for: telling who talks, and leaving out who is not loud enough.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class AudioLevelTest : public WorkerTest {
 protected:
  AudioLevelTest() : publisher(add_connected_peer()), receiver(add_connected_peer()) {}

  void begin(const AudioRule& rule) {
    StreamConfig config;
    config.transport = publisher.transport;
    config.mid = Mid::from("a");
    config.codec = Codec::kOpus;
    config.payload_type = 111;
    config.audio = rule;
    stream = add_stream(config);
    subscribe(receiver, stream);
  }
  // Packets of 20 ms; those that the receiver got.
  std::vector<std::vector<std::uint8_t>> speak(std::optional<std::uint8_t> level, int packets = 1) {
    for (int i = 0; i < packets; ++i) {
      receive_rtp(publisher, {.payload_type = 111,
                              .sequence = ++sequence,
                              .timestamp = static_cast<std::uint32_t>(sequence * 960),
                              .mid = "a",
                              .audio_level = level});
      run_for(20 * kMillisecond);
    }
    return take_media(receiver);
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(AudioLevelTest, WhoBeginsAndStopsTalkingIsTold) {
  begin({.packets = 10, .level_max = 25});
  speak(60, 30);
  EXPECT_TRUE(talk_changes.empty());
  speak(20, 15);
  ASSERT_EQ(talk_changes.size(), 1U);
  EXPECT_EQ(talk_changes[0], (Talk{stream, true, 20}));
  speak(60, 30);
  ASSERT_EQ(talk_changes.size(), 2U);
  EXPECT_FALSE(talk_changes[1].is_talking);
}

TEST_F(AudioLevelTest, WithoutARuleNothingIsTold) {
  begin({});
  speak(0, 100);
  EXPECT_TRUE(talk_changes.empty());
}

TEST_F(AudioLevelTest, WhatIsNotLoudEnoughIsLeftOutWithoutAGap) {
  begin({.is_gated = true});
  const auto before = speak(30, 5);
  ASSERT_EQ(before.size(), 5U);
  registry->set_audio_gate(stream, 80);
  speak(127, 20);
  EXPECT_TRUE(speak(127, 10).empty());
  EXPECT_GT(drops(DropReason::kAudioNotLoud), 0U);
  const auto after = speak(40);
  ASSERT_EQ(after.size(), 1U) << "the first that is loud enough";
  const std::uint64_t passed = 5 + 20 + 10 + 1 - drops(DropReason::kAudioNotLoud);
  EXPECT_EQ(static_cast<std::uint16_t>(number_of(after[0]) - number_of(before[0])), passed - 1);
}

TEST_F(AudioLevelTest, WhatHasNoLevelIsHeard) {
  begin({.is_gated = true});
  registry->set_audio_gate(stream, 80);
  EXPECT_EQ(speak(std::nullopt, 30).size(), 30U);
  EXPECT_EQ(registry->heard_of(stream), HeardAudio{});
}

TEST_F(AudioLevelTest, HowLoudItIsIsKnown) {
  begin({.is_gated = true});
  speak(30);
  EXPECT_EQ(registry->heard_of(stream).loudness, 97);
  EXPECT_GT(registry->heard_of(stream).at, now - kSecond);
}

TEST_F(AudioLevelTest, TheLevelsOfTheLastPacketsAreKnownWhereTheyAreWanted) {
  begin({.is_followed = true});
  speak(30);
  const std::uint8_t before = registry->recent_levels_of(stream).count();
  speak(40, 2);
  speak(127);
  std::vector<int> heard;
  const RecentLevels levels = registry->recent_levels_of(stream);
  levels.for_each_after(before, [&](std::uint8_t loudness) { heard.push_back(loudness); });
  EXPECT_EQ(heard, (std::vector{87, 87, 0}));
  speak(27, 300);
  heard.clear();
  registry->recent_levels_of(stream).for_each_after(
      levels.count(), [&](std::uint8_t loudness) { heard.push_back(loudness); });
  EXPECT_EQ(heard, (std::vector(RecentLevels::kCount, 100))) << "of many the last ones";
}

}  // namespace
}  // namespace penstock
