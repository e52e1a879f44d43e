// How far probes reach, and when: after each other, after a failure, and after a decrease.
#include "dataplane/cc/probe_schedule.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr double kEstimateBps = 700'000;
constexpr double kGoalBps = 10'000'000;

// Begins the probe that is due. Returns its rate, as a share of the estimate.
double reach(ProbeSchedule& schedule, Timestamp now) {
  const auto probe = schedule.next(kEstimateBps, kGoalBps, now);
  if (!probe) return 0;
  schedule.begin();
  return probe->target_bps / kEstimateBps;
}

void fail(ProbeSchedule& schedule, Timestamp now) {
  schedule.end(2 * kEstimateBps, kEstimateBps, kEstimateBps, now);
}
void succeed(ProbeSchedule& schedule, Timestamp now) {
  schedule.end(2 * kEstimateBps, kEstimateBps, 2 * kEstimateBps, now);
}

TEST(ProbeScheduleTest, TheFirstProbeReachesFurthestAndTheNextGoesOnAtOnce) {
  ProbeSchedule schedule;
  EXPECT_DOUBLE_EQ(reach(schedule, 0), 3);
  EXPECT_EQ(reach(schedule, 0), 0) << "one at a time";
  succeed(schedule, kSecond);
  EXPECT_DOUBLE_EQ(reach(schedule, kSecond), 2);
}

TEST(ProbeScheduleTest, AfterAFailureAProbeComesLaterAndReachesLessFar) {
  ProbeSchedule schedule;
  reach(schedule, 0);
  fail(schedule, kSecond);
  EXPECT_EQ(reach(schedule, 3 * kSecond), 0);
  EXPECT_DOUBLE_EQ(reach(schedule, 4 * kSecond), 1.5);
  fail(schedule, 5 * kSecond);
  EXPECT_EQ(reach(schedule, 9 * kSecond), 0) << "less and less often";
  EXPECT_DOUBLE_EQ(reach(schedule, 10 * kSecond), 1.5);
  succeed(schedule, 11 * kSecond);
  EXPECT_DOUBLE_EQ(reach(schedule, 11 * kSecond), 2);
}

TEST(ProbeScheduleTest, OfAnotherWayNoFailureIsKnown) {
  ProbeSchedule schedule;
  reach(schedule, 0);
  fail(schedule, kSecond);
  schedule.restart(2 * kSecond);
  EXPECT_EQ(reach(schedule, 6 * kSecond), 0);
  EXPECT_DOUBLE_EQ(reach(schedule, 7 * kSecond), 2);
}

TEST(ProbeScheduleTest, NothingIsProbedForThatWouldBeOfNoUse) {
  ProbeSchedule schedule;
  EXPECT_FALSE(schedule.next(kEstimateBps, kEstimateBps, 0));
}

}  // namespace
}  // namespace penstock
