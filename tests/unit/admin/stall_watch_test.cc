#include "controlplane/admin/stall_watch.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using Change = StallWatch::Change;

constexpr Timestamp kStart = 100 * kSecond;

// Looks once a second, like the server.
struct Watch {
  Change look(Timestamp beat) {
    now += kSecond;
    watch.begin(now, kSecond);
    return watch.observe(0, beat, now);
  }

  Timestamp now = kStart;
  StallWatch watch{1, kStart};
};

TEST(StallWatchTest, AWorkerThatReportsIsNoNews) {
  Watch watch;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(watch.look(watch.now + kSecond - kMillisecond), Change::kNone);
  }
  EXPECT_EQ(watch.watch.heartbeat(0, watch.now - kMillisecond, watch.now).age, kMillisecond);
  EXPECT_EQ(watch.watch.heartbeat(0, watch.now, watch.now).stalls, 0U);
}

TEST(StallWatchTest, AStallIsToldOnceAndCounted) {
  Watch watch;
  const Timestamp beat = kStart + 500 * kMillisecond;
  EXPECT_EQ(watch.look(beat), Change::kNone);
  EXPECT_EQ(watch.look(beat), Change::kStalled);
  EXPECT_EQ(watch.look(beat), Change::kNone);
  const WorkerHeartbeat heartbeat = watch.watch.heartbeat(0, beat, watch.now);
  EXPECT_TRUE(heartbeat.is_stalled);
  EXPECT_EQ(heartbeat.stalls, 1U);
  EXPECT_EQ(heartbeat.stalled_since, beat);
  EXPECT_EQ(heartbeat.age, 2'500 * kMillisecond);
}

TEST(StallWatchTest, AWorkerThatGoesOnIsToldToo) {
  Watch watch;
  watch.look(kStart);
  EXPECT_EQ(watch.look(kStart), Change::kStalled);
  EXPECT_EQ(watch.look(watch.now + kSecond), Change::kRecovered);
  EXPECT_FALSE(watch.watch.heartbeat(0, watch.now, watch.now).is_stalled);
  EXPECT_EQ(watch.watch.heartbeat(0, watch.now, watch.now).stalls, 1U);
}

TEST(StallWatchTest, AWorkerThatNeverBeganIsStalledAfterASecond) {
  Watch watch;
  EXPECT_EQ(watch.look(0), Change::kNone);
  EXPECT_EQ(watch.look(0), Change::kStalled);
}

// The whole process was stopped: the workers had no chance either.
TEST(StallWatchTest, NobodyIsCalledStalledByAThreadThatWasAwayItself) {
  Watch watch;
  EXPECT_EQ(watch.look(kStart + kSecond), Change::kNone);
  watch.now += 10 * kSecond;
  EXPECT_EQ(watch.look(kStart + 2 * kSecond), Change::kNone);
  EXPECT_EQ(watch.look(kStart + 2 * kSecond), Change::kStalled);
}

}  // namespace
}  // namespace penstock
