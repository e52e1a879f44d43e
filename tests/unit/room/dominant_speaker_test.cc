// Who is the dominant speaker of sequences of levels.
#include "controlplane/room/dominant_speaker.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

namespace penstock::room {
namespace {

constexpr StreamHandle kAlice{1, 1};
constexpr StreamHandle kBob{2, 1};
constexpr StreamHandle kCarol{3, 1};

constexpr std::uint8_t kSpeech = 100;  // -27 dBov
constexpr std::uint8_t kNoise = 60;
constexpr std::uint8_t kSilence = 0;

class DominantSpeakerTest : public testing::Test {
 protected:
  DominantSpeakerTest() {
    for (const StreamHandle stream : {kAlice, kBob, kCarol}) streams[stream].loudness = kNoise;
    run(kSecond);
  }

  struct Microphone {
    std::optional<std::uint8_t> loudness;  // empty: nothing is sent
    bool is_muted = false;
    RecentLevels levels{};
    Duration packet = 20 * kMillisecond;
  };

  void run(Duration duration) {
    for (const Timestamp end = now + duration; now < end;) {
      now += DominantSpeaker::kInterval;
      std::vector<DominantSpeaker::Heard> heard;
      for (auto& [stream, microphone] : streams) {
        for (Duration t = 0; microphone.loudness && t < DominantSpeaker::kInterval;
             t += microphone.packet)
          microphone.levels.add(*microphone.loudness);
        heard.push_back({stream, microphone.levels, microphone.is_muted});
      }
      if (speaker.update(heard, now)) ++changes;
    }
  }
  void say(StreamHandle who, Duration duration, std::uint8_t loudness = kSpeech) {
    streams.at(who).loudness = loudness;
    run(duration);
    streams.at(who).loudness = kNoise;
  }
  // Words of 300 ms with pauses of 100 ms between them.
  void talk(StreamHandle who, int words) {
    for (int i = 0; i < words; ++i) {
      say(who, 300 * kMillisecond);
      run(100 * kMillisecond);
    }
  }

  Timestamp now = kSecond;
  std::map<StreamHandle, Microphone> streams;
  DominantSpeaker speaker;
  int changes = 0;
};

TEST_F(DominantSpeakerTest, NobodyIsBeforeSomebodyHasSpoken) {
  run(10 * kSecond);
  EXPECT_EQ(speaker.current(), std::nullopt);
}

TEST_F(DominantSpeakerTest, WhoSpeaksSteadilyBecomesAndStaysIt) {
  say(kAlice, 600 * kMillisecond);
  EXPECT_EQ(speaker.current(), kAlice);
  talk(kAlice, 50);
  EXPECT_EQ(speaker.current(), kAlice);
  EXPECT_EQ(changes, 1);
}

TEST_F(DominantSpeakerTest, ACoughChangesNothingWhileSomebodySpeaks) {
  talk(kAlice, 5);
  streams.at(kBob).loudness = 125;
  talk(kAlice, 1);  // the cough is beside a word and the pause after it
  streams.at(kBob).loudness = kNoise;
  talk(kAlice, 5);
  EXPECT_EQ(speaker.current(), kAlice);
  EXPECT_EQ(changes, 1);
}

TEST_F(DominantSpeakerTest, ACoughOrAShortWordChangesNothingInSilence) {
  say(kBob, 200 * kMillisecond, 125);
  run(2 * kSecond);
  EXPECT_EQ(speaker.current(), std::nullopt);
  talk(kAlice, 5);
  run(5 * kSecond);
  for (const Duration short_word : {200 * kMillisecond, 300 * kMillisecond}) {
    say(kBob, short_word, 125);
    run(2 * kSecond);
  }
  EXPECT_EQ(speaker.current(), kAlice);
}

TEST_F(DominantSpeakerTest, InSilenceTheLastOneStays) {
  talk(kAlice, 5);
  run(60 * kSecond);
  EXPECT_EQ(speaker.current(), kAlice);
  streams.at(kAlice).loudness.reset();  // DTX
  run(60 * kSecond);
  EXPECT_EQ(speaker.current(), kAlice);
  EXPECT_EQ(changes, 1);
}

TEST_F(DominantSpeakerTest, WhoAnswersTakesOverWithinASecond) {
  talk(kAlice, 10);
  say(kBob, 400 * kMillisecond);
  EXPECT_EQ(speaker.current(), kAlice);
  say(kBob, 500 * kMillisecond);
  EXPECT_EQ(speaker.current(), kBob);
  EXPECT_EQ(changes, 2);
}

TEST_F(DominantSpeakerTest, WhoInterruptsTakesOverWhenTheOtherOneStops) {
  talk(kAlice, 5);
  streams.at(kAlice).loudness = kSpeech;
  say(kBob, 5 * kSecond, kSpeech + 10);
  EXPECT_EQ(speaker.current(), kAlice) << "both speak, and it does not stop";
  streams.at(kAlice).loudness = kNoise;
  say(kBob, 500 * kMillisecond);
  EXPECT_EQ(speaker.current(), kBob);
}

TEST_F(DominantSpeakerTest, TwoWhoSpeakAtOnceDoNotTakeTurns) {
  for (int i = 0; i < 100; ++i) {
    streams.at(kAlice).loudness = i % 4 != 3 ? kSpeech : kNoise;
    streams.at(kBob).loudness = i % 4 != 1 ? kSpeech : kNoise;
    run(100 * kMillisecond);
  }
  EXPECT_LE(changes, 2);
}

TEST_F(DominantSpeakerTest, WhoIsGoneIsItNoMore) {
  talk(kAlice, 5);
  streams.erase(kAlice);
  run(100 * kMillisecond);
  EXPECT_EQ(speaker.current(), std::nullopt);
  say(kCarol, kSecond);
  EXPECT_EQ(speaker.current(), kCarol);
  EXPECT_EQ(changes, 2);
}

TEST_F(DominantSpeakerTest, WhoIsMutedSaysNothing) {
  talk(kAlice, 5);
  streams.at(kAlice).is_muted = true;
  streams.at(kAlice).loudness = kSpeech;
  say(kBob, 800 * kMillisecond);
  EXPECT_EQ(speaker.current(), kBob);
}

TEST_F(DominantSpeakerTest, ASteadyNoiseIsNoSpeech) {
  constexpr std::uint8_t kDrill = 85;
  streams.at(kBob).loudness = kDrill;
  speaker = {};
  run(20 * kSecond);
  EXPECT_EQ(speaker.current(), std::nullopt);
  say(kBob, kSecond, 105);
  EXPECT_EQ(speaker.current(), kBob) << "who speaks is louder than that";
  streams.at(kBob).loudness = kDrill;
  streams.at(kCarol).loudness = kDrill;  // one that begins is taken for speech at first
  run(20 * kSecond);
  say(kAlice, kSecond);
  EXPECT_EQ(speaker.current(), kAlice);
}

TEST_F(DominantSpeakerTest, ADigitalSilenceBetweenWordsIsAPauseAsAnyOther) {
  streams.at(kAlice).loudness = kSilence;
  run(kSecond);
  for (int i = 0; i < 5; ++i) {
    streams.at(kAlice).loudness = kSpeech;
    run(300 * kMillisecond);
    streams.at(kAlice).loudness.reset();
    run(100 * kMillisecond);
  }
  EXPECT_EQ(speaker.current(), kAlice);
}

TEST_F(DominantSpeakerTest, PacketsOfAnyLengthAreTheSameSpeech) {
  for (const Duration packet : {10 * kMillisecond, 20 * kMillisecond, 60 * kMillisecond}) {
    speaker = {};
    streams.at(kAlice).packet = packet;
    run(kSecond);
    say(kAlice, 600 * kMillisecond);
    EXPECT_EQ(speaker.current(), kAlice) << packet;
    run(2 * kSecond);
    say(kBob, 300 * kMillisecond);
    EXPECT_EQ(speaker.current(), kAlice);
  }
}

}  // namespace
}  // namespace penstock::room
