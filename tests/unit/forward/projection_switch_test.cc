// A receiver's stream across a change of source.
#include <gtest/gtest.h>

#include "dataplane/forward/projection.h"

namespace penstock {
namespace {

constexpr std::uint32_t kSwitchHz = 90'000;
constexpr std::uint32_t kOldSource = 4;
constexpr std::uint32_t kNewSource = 5;

SourcePacket of_source(std::uint32_t source, std::uint64_t sequence, std::uint32_t timestamp,
                       bool is_keyframe = false) {
  return {.sequence = sequence,
          .timestamp = timestamp,
          .source = source,
          .marker = true,
          .is_keyframe_start = is_keyframe};
}

class ProjectionSwitch : public testing::Test {
 protected:
  ProjectionSwitch() { first = *projection.project(of_source(kOldSource, 100, 1'000, true), 0); }

  ProjectedPacket go_on(std::uint32_t timestamp, Timestamp now) {
    const auto projected = projection.project(of_source(kNewSource, 9'000, timestamp, true), now);
    EXPECT_TRUE(projected.has_value());
    return *projected;
  }

  Prng prng{1};
  Projection projection{true, kSwitchHz, prng};
  ProjectedPacket first;
};

TEST_F(ProjectionSwitch, NumbersGoOn) { EXPECT_EQ(go_on(0, kSecond).sequence, first.sequence + 1); }

TEST_F(ProjectionSwitch, WithoutAClockTimestampsGoOnByTheTimeThatPasses) {
  EXPECT_EQ(go_on(777, kSecond).timestamp, first.timestamp + kSwitchHz);
}

TEST_F(ProjectionSwitch, AlignedTimestampsGoOnByInstants) {
  projection.align(kOldSource, kNewSource, 1'000U - 500'000U);  // 500,000 there was 1,000 here
  EXPECT_EQ(go_on(500'000 + 3'000, 40 * kMillisecond).timestamp, first.timestamp + 3'000);
}

TEST_F(ProjectionSwitch, TheyNeverGoBackAndComeBackToTheInstantsWithTheNextChange) {
  projection.align(kOldSource, kNewSource, 1'000U - 500'000U);
  EXPECT_EQ(go_on(500'000 - 2'000, kMillisecond).timestamp, first.timestamp + 1);
  projection.align(kNewSource, kOldSource, 500'000 - 1'000);
  const auto back =
      projection.project(of_source(kOldSource, 200, 1'000 + 9'000, true), 90 * kMillisecond);
  EXPECT_EQ(back->timestamp, first.timestamp + 9'000);
}

TEST_F(ProjectionSwitch, AClockThatIsWrongPutsThemNoFurtherAheadThanTime) {
  projection.align(kOldSource, kNewSource, 1'000U - 500'000U);
  EXPECT_EQ(go_on(500'000 + 8 * kSwitchHz, kSecond).timestamp, first.timestamp + kSwitchHz);
}

TEST_F(ProjectionSwitch, WhatTheOldSourceSentCanBeAskedForStill) {
  projection.leave_out(of_source(kOldSource, 101, 4'000));
  const auto second = projection.project(of_source(kOldSource, 102, 7'000), 0);
  go_on(0, kSecond);
  const auto position = projection.source_of(static_cast<std::uint16_t>(second->sequence));
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(position->source, kOldSource);
  EXPECT_EQ(position->sequence, 102U);
  EXPECT_EQ(position->timestamp_offset + 7'000, second->timestamp);
  EXPECT_EQ(projection.source_of(static_cast<std::uint16_t>(second->sequence + 1))->source,
            kNewSource);
}

TEST_F(ProjectionSwitch, NotAfterARestart) {
  projection.restart();
  go_on(0, kSecond);
  EXPECT_FALSE(projection.source_of(static_cast<std::uint16_t>(first.sequence)).has_value());
}

}  // namespace
}  // namespace penstock
