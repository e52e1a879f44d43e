#include "tests/churn/rush_report.h"

#include <gtest/gtest.h>

namespace penstock::churn {
namespace {

// Of 2 s each, from so many seconds on; the control thread takes 10 ms a second without joins.
RushPeriod period(bool has_joins, int second, Duration control, Duration dtls) {
  RushPeriod period{.has_joins = has_joins};
  period.began.at = second * kSecond;
  period.ended.at = (second + 2) * kSecond;
  period.ended.control = 20 * kMillisecond + control;
  period.ended.dtls = dtls;
  period.ended.worker_busy = kSecond;
  return period;
}

MediaWindow window(int second, Duration p99) {
  return {.began_at = second * kSecond, .ended_at = (second + 1) * kSecond, .delay_p99 = p99};
}

RushOutcome good() {
  RushOutcome outcome{.subscribers = 100, .joins = 200};
  outcome.periods = {period(false, 0, 0, 0),
                     period(true, 2, 140 * kMillisecond, 200 * kMillisecond)};
  // The third begins in one period and ends in another.
  outcome.media = {.expected_packets = 1'000, .packets_per_second = 500};
  outcome.media.windows = {window(0, 400 * kMicrosecond),
                           window(1, 400 * kMicrosecond),
                           {.began_at = kSecond, .ended_at = 3 * kSecond, .delay_p99 = kSecond},
                           window(2, 440 * kMicrosecond)};
  return outcome;
}

TEST(RushReportTest, WhatThreadsTakeWithoutJoinsIsNoPartOfAJoin) {
  const RushFigures figures = rush_figures(good());
  EXPECT_DOUBLE_EQ(figures.joins_per_second, 100);
  EXPECT_DOUBLE_EQ(figures.control_ms_per_join, 0.7);
  EXPECT_DOUBLE_EQ(figures.dtls_ms_per_join, 1);
  EXPECT_DOUBLE_EQ(figures.busy_share, 0.5);
}

TEST(RushReportTest, ItsPromisesAreKeptOrBroken) {
  EXPECT_TRUE(rush_report(good()).are_all_kept());
  RushOutcome lossy = good();
  lossy.media.lost_packets = 1;
  EXPECT_FALSE(rush_report(lossy).are_all_kept());
  RushOutcome dear = good();
  dear.periods.back().ended.control += 100 * kMillisecond;
  EXPECT_FALSE(rush_report(dear).are_all_kept());
  RushOutcome late = good();
  late.media.windows.back().delay_p99 = kMillisecond;
  EXPECT_FALSE(rush_report(late).are_all_kept());
  RushOutcome silent = good();
  silent.media.windows.clear();
  EXPECT_FALSE(rush_report(silent).are_all_kept());
}

TEST(RushReportTest, WindowsBelongToThePeriodThatTheyLieIn) {
  const RushFigures figures = rush_figures(good());
  EXPECT_DOUBLE_EQ(figures.p99_quiet_ns, 400'000);
  EXPECT_DOUBLE_EQ(figures.p99_beside_ns, 440'000);
}

TEST(RushReportTest, AMachineThatWasTooBusyGivesNoVerdict) {
  const auto is_excused = [](RushOutcome outcome) {
    outcome.media.lost_packets = 1;
    const Report report = rush_report(outcome);
    return report.are_all_kept() && report.to_json().find(why_no_verdict(
                                        outcome, rush_figures(outcome))) != std::string::npos;
  };
  EXPECT_FALSE(is_excused(good()));
  RushOutcome late_load = good();
  late_load.media.bottleneck_reason = "its sends were late";
  EXPECT_TRUE(is_excused(late_load));
  RushOutcome crowded = good();
  crowded.periods.back().ended.worker_waiting = 100 * kMillisecond;
  EXPECT_TRUE(is_excused(crowded));
  RushOutcome slow = good();
  slow.joins = 170;
  EXPECT_TRUE(is_excused(slow));
}

TEST(RushReportTest, TheLoadsReportIsRead) {
  const MediaOutcome outcome = parse_media_outcome(
      R"({"expected_packets":7,"lost_packets":2,"received_packets_per_second":3.5,
          "bottleneck_reason":"","windows":[
          {"began_at_ns":1,"ended_at_ns":2,"delays":9,"delay_p99_ns":4},
          {"began_at_ns":2,"ended_at_ns":3,"delays":0,"delay_p99_ns":0}]})");
  EXPECT_EQ(outcome.expected_packets, 7U);
  EXPECT_EQ(outcome.lost_packets, 2U);
  EXPECT_DOUBLE_EQ(outcome.packets_per_second, 3.5);
  ASSERT_EQ(outcome.windows.size(), 1U) << "one without packets says nothing";
  EXPECT_EQ(outcome.windows[0].delay_p99, 4);
}

}  // namespace
}  // namespace penstock::churn
