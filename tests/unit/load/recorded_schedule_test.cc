#include "bench/load/recorded_schedule.h"

#include <gtest/gtest.h>

#include "tests/support/mjr_writer.h"

namespace penstock::load {
namespace {

class RecordedScheduleTest : public testing::Test {
 protected:
  static constexpr Timestamp kStart = 5 * kSecond;
  // Frames until `end`; their sizes tell which they are.
  static std::vector<std::size_t> frames_until(RecordedSchedule& schedule, Timestamp end) {
    std::vector<std::size_t> frames;
    while (schedule.next_at() < end) frames.push_back(schedule.take().payloads[0].size() - 200);
    return frames;
  }

  const Recording recording_ = *parse_recording(second_of_video().bytes());
};

TEST_F(RecordedScheduleTest, ItIsSentAtItsOwnTimesAgainAndAgain) {
  RecordedSchedule schedule(recording_, 0, kStart);
  for (int i = 0; i < 60; ++i) {
    const Burst burst = schedule.take();
    EXPECT_EQ(burst.due_at, kStart + i * 50 * kMillisecond);
    EXPECT_EQ(burst.is_keyframe, i % 10 == 0);
    EXPECT_EQ(burst.packets, burst.is_keyframe ? 3U : 1U);
    ASSERT_EQ(burst.payloads.size(), burst.packets);
    EXPECT_EQ(burst.payloads[0].size(), 200U + static_cast<std::size_t>(i) % 20);
  }
}

TEST_F(RecordedScheduleTest, PublishersBeginAtDifferentKeyframes) {
  for (std::size_t publisher = 0; publisher < 4; ++publisher) {
    RecordedSchedule schedule(recording_, publisher, kStart);
    const Burst burst = schedule.take();
    EXPECT_EQ(burst.due_at, kStart);
    EXPECT_EQ(burst.payloads[0].size(), publisher % 2 == 0 ? 200U : 210U);
  }
}

TEST_F(RecordedScheduleTest, AKeyframeThatIsAskedForComesWithTheNextFrame) {
  RecordedSchedule schedule(recording_, 0, kStart);
  EXPECT_EQ(frames_until(schedule, kStart + 600 * kMillisecond).back(), 11U);
  EXPECT_EQ(frames_until(schedule, kStart + 750 * kMillisecond),
            (std::vector<std::size_t>{12, 13, 14}));
  schedule.request_keyframe();
  // The last was sent 250 ms ago: not yet. After 500 ms the next in the recording is its first.
  EXPECT_EQ(frames_until(schedule, kStart + kSecond),
            (std::vector<std::size_t>{15, 16, 17, 18, 19}));
  EXPECT_EQ(schedule.next_at(), kStart + kSecond);
  EXPECT_EQ(frames_until(schedule, kStart + 1'050 * kMillisecond), std::vector<std::size_t>{0});
}

TEST_F(RecordedScheduleTest, ARequestSkipsWhatIsBeforeTheNextKeyframe) {
  Recording recording = recording_;
  recording.keyframes = {0};  // and a second, of which the recording does not know
  recording.bursts[10].is_keyframe = false;
  RecordedSchedule schedule(recording, 0, kStart);
  frames_until(schedule, kStart + 600 * kMillisecond);
  schedule.request_keyframe();
  schedule.request_keyframe();
  EXPECT_EQ(frames_until(schedule, kStart + 700 * kMillisecond), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(schedule.next_at(), kStart + 700 * kMillisecond);
}

TEST_F(RecordedScheduleTest, WhatCouldNotBeSentInTimeIsLeftOut) {
  RecordedSchedule schedule(recording_, 0, kStart);
  schedule.take();
  schedule.skip_to(kStart + 3 * kSecond);
  EXPECT_EQ(schedule.next_at(), kStart + 3 * kSecond);
  EXPECT_EQ(schedule.take().payloads[0].size(), 201U);
  EXPECT_EQ(schedule.next_at(), kStart + 3 * kSecond + 50 * kMillisecond);
}

}  // namespace
}  // namespace penstock::load
