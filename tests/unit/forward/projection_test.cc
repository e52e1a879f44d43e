#include "dataplane/forward/projection.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock {
namespace {

constexpr std::uint32_t kVideoHz = 90'000;

SourcePacket packet(std::uint64_t sequence, bool keyframe = false, bool marker = true,
                    std::uint32_t source = 7) {
  return {.sequence = sequence,
          .timestamp = static_cast<std::uint32_t>(sequence * 3'000),
          .source = source,
          .marker = marker,
          .is_keyframe_start = keyframe};
}

TEST(Projection, VideoStartsAtAKeyframe) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  EXPECT_EQ(projection.project(packet(100), 0).error(), DropReason::kWaitingForKeyframe);
  EXPECT_TRUE(projection.project(packet(101, true), 0).has_value());
  EXPECT_TRUE(projection.project(packet(102), 0).has_value());
}

TEST(Projection, AudioStartsAtOnce) {
  Prng prng(1);
  Projection projection(false, 48'000, prng);
  EXPECT_TRUE(projection.project(packet(100), 0).has_value());
}

TEST(Projection, FirstSequenceNumberIsBelowHalfTheRange) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    Projection projection(false, 48'000, prng);
    EXPECT_LE(projection.project(packet(60'000), 0)->sequence, 1U << 15);
  }
}

TEST(Projection, GapsAndReorderingOfTheSourceAreKept) {
  Prng prng(1);
  Projection projection(false, 48'000, prng);
  const std::uint64_t first = projection.project(packet(1'000), 0)->sequence;
  EXPECT_EQ(projection.project(packet(1'005), 0)->sequence, first + 5);
  EXPECT_EQ(projection.project(packet(1'003), 0)->sequence, first + 3);
}

TEST(Projection, PacketsFromBeforeTheStartAreRefused) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  ASSERT_TRUE(projection.project(packet(1'000, true), 0).has_value());
  EXPECT_EQ(projection.project(packet(999), 0).error(), DropReason::kSequenceTooOld);
}

TEST(Projection, PauseLeavesNoGapAfterACompleteFrame) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  const auto before = projection.project(packet(1'000, true), 0);
  projection.restart();
  const auto after = projection.project(packet(90'000, true), kSecond);
  EXPECT_EQ(after->sequence, before->sequence + 1);
}

// Reordered on the way, or sent again because it was asked for.
TEST(Projection, WhatIsLateAfterAPauseDoesNotStartAnew) {
  for (const bool is_video : {false, true}) {
    Prng prng(1);
    Projection projection(is_video, kVideoHz, prng);
    ASSERT_TRUE(projection.project(packet(1'000, true), 0).has_value());
    const auto before = projection.project(packet(1'002, true), 0);
    projection.restart();
    EXPECT_EQ(projection.project(packet(1'001, true), 0).error(), DropReason::kSequenceTooOld);
    EXPECT_FALSE(projection.is_started());
    const auto after = projection.project(packet(1'003, true), 0);
    EXPECT_EQ(after->sequence, before->sequence + 1);
  }
}

TEST(Projection, PauseInTheMiddleOfAFrameLeavesOneNumberOut) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  const auto before = projection.project(packet(1'000, true, false), 0);
  projection.restart();
  const auto after = projection.project(packet(2'000, true), kSecond);
  EXPECT_EQ(after->sequence, before->sequence + 2);
}

TEST(Projection, AnotherSourceContinuesTheTimestampsByTheTimeThatPassed) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  const auto before = projection.project(packet(1'000, true), kSecond);
  SourcePacket other = packet(5, true, true, 8);
  other.timestamp = 123'456'789;
  const auto after = projection.project(other, kSecond + 100 * kMillisecond);
  EXPECT_EQ(after->timestamp - before->timestamp, kVideoHz / 10);
  EXPECT_EQ(after->sequence, before->sequence + 1);
}

TEST(Projection, AnotherSourceMustAlsoStartWithAKeyframe) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  ASSERT_TRUE(projection.project(packet(1'000, true), 0).has_value());
  EXPECT_EQ(projection.project(packet(7, false, true, 8), 0).error(),
            DropReason::kWaitingForKeyframe);
}

// What keeps (SSRC, packet index) unique under a key: no output number ever comes twice.
TEST(Projection, NoSequenceNumberIsEverUsedTwice) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed);
    Projection projection(true, kVideoHz, prng);
    std::set<std::uint64_t> used;
    std::set<std::pair<std::uint32_t, std::uint64_t>> sent;
    std::uint64_t sequence = 1'000 + prng.below(70'000);
    std::uint32_t source = 1;
    for (int step = 0; step < 2'000; ++step) {
      if (prng.chance(1, 100)) projection.restart();
      if (prng.chance(1, 200)) ++source;
      sequence += prng.below(40) == 0 ? prng.below(40'000) : prng.below(3);
      const std::uint64_t late = prng.below(8);
      const std::uint64_t chosen = sequence > late ? sequence - late : sequence;
      if (!sent.insert({source, chosen}).second) continue;  // replays never reach a projection
      const auto projected =
          projection.project(packet(chosen, prng.chance(1, 10), prng.chance(1, 2), source), step);
      if (projected) {
        ASSERT_TRUE(used.insert(projected->sequence).second) << "seed " << seed;
      }
    }
  }
}

std::uint16_t wire(const ProjectedPacket& packet) {
  return static_cast<std::uint16_t>(packet.sequence);
}

TEST(Projection, TheWayBackLeadsToTheSourcePacket) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Prng prng(seed);
    Projection projection(false, kVideoHz, prng);
    for (std::uint64_t sequence = 65'000; sequence < 135'000; ++sequence) {
      const auto sent = projection.project(packet(sequence), 0);
      const auto source = projection.source_of(wire(*sent));
      ASSERT_TRUE(source.has_value());
      ASSERT_EQ(source->sequence, sequence);
      ASSERT_EQ(source->source, 7U);
    }
    const auto late = projection.project(packet(134'000), 0);
    EXPECT_EQ(projection.source_of(wire(*late))->sequence, 134'000U);
  }
}

TEST(Projection, TheWayBackEndsWhereTheStreamBeganAndAtItsHighest) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  EXPECT_FALSE(projection.source_of(0).has_value());
  const auto first = projection.project(packet(100, true), 0);
  const auto last = projection.project(packet(110), 0);
  EXPECT_EQ(projection.source_of(wire(*first))->sequence, 100U);
  EXPECT_EQ(projection.source_of(static_cast<std::uint16_t>(wire(*first) + 5))->sequence, 105U);
  EXPECT_FALSE(projection.source_of(static_cast<std::uint16_t>(wire(*first) - 1)).has_value());
  EXPECT_FALSE(projection.source_of(static_cast<std::uint16_t>(wire(*last) + 1)).has_value());
}

TEST(Projection, ThereIsNoWayBackAcrossARestart) {
  Prng prng(1);
  Projection projection(true, kVideoHz, prng);
  const auto before = projection.project(packet(100, true), 0);
  projection.restart();
  EXPECT_FALSE(projection.source_of(wire(*before)).has_value());
  const auto after = projection.project(packet(5'000, true, true, 8), kSecond);
  EXPECT_FALSE(projection.source_of(wire(*before)).has_value());
  EXPECT_EQ(projection.source_of(wire(*after))->source, 8U);
}

}  // namespace
}  // namespace penstock
