#include "bench/load/synthetic_schedule.h"

#include <gtest/gtest.h>

namespace penstock::load {
namespace {

constexpr Timestamp kSyntheticStart = 5 * kSecond;

// What a stream sends from its start until `end`.
struct Sent {
  std::size_t packets = 0;
  std::size_t frames = 0;
  std::size_t keyframes = 0;
  std::size_t largest_burst = 0;
  Duration longest_pause = 0;
};

Sent send_until(SyntheticSchedule& schedule, Timestamp end) {
  Sent sent;
  Timestamp last = schedule.next_at();
  while (schedule.next_at() < end) {
    const Burst burst = schedule.take();
    if (burst.packets == 0) continue;
    sent.packets += burst.packets;
    if (burst.starts_frame) ++sent.frames;
    if (burst.starts_frame && burst.is_keyframe) ++sent.keyframes;
    sent.largest_burst = std::max(sent.largest_burst, burst.packets);
    sent.longest_pause = std::max(sent.longest_pause, burst.due_at - last);
    last = burst.due_at;
  }
  return sent;
}

TEST(SyntheticScheduleTest, AudioIsAPacketEach20Milliseconds) {
  SyntheticSchedule schedule(MediaKind::kAudio, 0, kSyntheticStart);
  const Sent sent = send_until(schedule, kSyntheticStart + 10 * kSecond);
  EXPECT_EQ(sent.packets, 500U);
  EXPECT_EQ(sent.frames, 500U);
  EXPECT_EQ(sent.keyframes, 0U);
  EXPECT_EQ(sent.longest_pause, 20 * kMillisecond);
}

TEST(SyntheticScheduleTest, VideoKeepsItsRateWhateverItIs) {
  for (const double rate : {7.0, 30.0, 114.0, 1'000.0, 12'000.0}) {
    SyntheticSchedule schedule(MediaKind::kVideo, rate, kSyntheticStart);
    const Sent sent = send_until(schedule, kSyntheticStart + 20 * kSecond);
    EXPECT_NEAR(static_cast<double>(sent.packets), rate * 20, rate / 10 + 8) << rate;
  }
}

TEST(SyntheticScheduleTest, VideoBeginsWithAKeyframeOfEightFramesAndNeverStops) {
  SyntheticSchedule schedule(MediaKind::kVideo, 300, kSyntheticStart);
  std::size_t keyframe_packets = 0;
  for (Burst burst = schedule.take(); burst.is_keyframe; burst = schedule.take()) {
    EXPECT_EQ(burst.starts_frame, keyframe_packets == 0);
    keyframe_packets += burst.packets;
    EXPECT_EQ(burst.ends_frame, keyframe_packets == 80);
  }
  EXPECT_EQ(keyframe_packets, 80U);
  EXPECT_LE(send_until(schedule, kSyntheticStart + kSecond).longest_pause, 34 * kMillisecond);
}

TEST(SyntheticScheduleTest, AKeyframeIsSentWhenAskedForButNotTooOften) {
  SyntheticSchedule schedule(MediaKind::kVideo, 300, kSyntheticStart);
  send_until(schedule, kSyntheticStart + kSecond);
  schedule.request_keyframe();
  schedule.request_keyframe();
  EXPECT_EQ(send_until(schedule, kSyntheticStart + 2 * kSecond).keyframes, 1U);
  for (Timestamp at = kSyntheticStart + 2 * kSecond; at < kSyntheticStart + 4 * kSecond;
       at += 50 * kMillisecond) {
    schedule.request_keyframe();
    send_until(schedule, at);
  }
  EXPECT_EQ(send_until(schedule, kSyntheticStart + 5 * kSecond).keyframes, 1U);
}

TEST(SyntheticScheduleTest, LargeFramesArePaced) {
  SyntheticSchedule slow(MediaKind::kVideo, 300, kSyntheticStart);
  EXPECT_EQ(send_until(slow, kSyntheticStart + kSecond).largest_burst, 8U);
  SyntheticSchedule fast(MediaKind::kVideo, 1'000'000, kSyntheticStart);
  EXPECT_EQ(send_until(fast, kSyntheticStart + 10 * kMillisecond).largest_burst, kBurstPacketsMax);
}

TEST(SyntheticScheduleTest, WhatCouldNotBeSentInTimeIsLeftOut) {
  SyntheticSchedule schedule(MediaKind::kAudio, 0, kSyntheticStart);
  schedule.take();
  schedule.skip_to(kSyntheticStart + kSecond);
  EXPECT_EQ(schedule.next_at(), kSyntheticStart + kSecond);
  EXPECT_EQ(send_until(schedule, kSyntheticStart + 2 * kSecond).packets, 50U);
}

}  // namespace
}  // namespace penstock::load
