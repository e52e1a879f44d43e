#include "bench/compare/proc_files.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace penstock::compare {
namespace {

TEST(ProcFiles, SchedstatHasTheTimeOnTheCpuAndThatOfWaitingForIt) {
  EXPECT_EQ(parse_schedstat("3496218588 236888801531 93032\n"),
            (SchedulerTimes{.on_cpu = 3'496'218'588, .waiting = 236'888'801'531}));
}

TEST(ProcFiles, WhatIsNoSchedstatIsNothing) {
  EXPECT_FALSE(parse_schedstat("").has_value());
  EXPECT_FALSE(parse_schedstat("x 1 2\n").has_value());
  EXPECT_FALSE(parse_schedstat("12").has_value());
  EXPECT_FALSE(parse_schedstat("12 x").has_value());
}

TEST(ProcFiles, SoftirqIsTheSeventhFigureOfAllCpus) {
  const char* text =
      "cpu  2590532 1303346 494139 778273 3603 9 5056 4155 0 0\ncpu0 1 2 3 4 5 6 7\n";
  EXPECT_EQ(parse_softirq(text, 100), 50'560 * kMillisecond);
  EXPECT_EQ(parse_softirq(text, 1'000), 5'056 * kMillisecond);
}

TEST(ProcFiles, WhatIsNoStatIsNothing) {
  EXPECT_FALSE(parse_softirq("intr 1 2 3 4 5 6 7 8\n", 100).has_value());
  EXPECT_FALSE(parse_softirq("cpu  1 2 3\n", 100).has_value());
}

TEST(ProcFiles, TheKernelsConfigurationSaysHowItCounts) {
  EXPECT_EQ(parse_irq_time_accounting("CONFIG_A=y\nCONFIG_IRQ_TIME_ACCOUNTING=y\n"), true);
  EXPECT_EQ(parse_irq_time_accounting("# CONFIG_IRQ_TIME_ACCOUNTING is not set\n"), false);
  EXPECT_EQ(parse_irq_time_accounting("CONFIG_HAVE_IRQ_TIME_ACCOUNTING=y\n"), std::nullopt);
}

TEST(ProcFiles, AMetricIsTheSumOverItsLabels) {
  const char* text =
      "# TYPE penstock_busy counter\npenstock_busy{worker=\"0\"} 1.5\npenstock_busy{worker=\"1\"} "
      "2\n"
      "penstock_busy_more{worker=\"0\"} 100\npenstock_plain 7\n";
  EXPECT_DOUBLE_EQ(parse_metric(text, "penstock_busy"), 3.5);
  EXPECT_DOUBLE_EQ(parse_metric(text, "penstock_plain"), 7);
  EXPECT_DOUBLE_EQ(parse_metric(text, "penstock_none"), 0);
}

TEST(ProcFiles, AThreadThatEndedTakesNothingAway) {
  EXPECT_EQ(difference({{1, 100}, {2, 5'000}}, {{1, 250}, {3, 40}}), 190);
}

TEST(ProcFiles, ThisProcessUsesTime) {
  const ThreadTimes before = thread_times(::getpid());
  ASSERT_TRUE(before.contains(::getpid()));
  volatile std::uint64_t work = 0;
  while (difference(before, thread_times(::getpid())) < kMillisecond) work = work + 1;
}

TEST(ProcFiles, ThreadsAreFoundByTheirName) {
  std::atomic<bool> is_over = false;
  std::thread worker([&] {
    ::pthread_setname_np(::pthread_self(), "someone");
    while (!is_over) {
    }
  });
  while (times_by_thread_name(::getpid())["someone"].on_cpu == 0) std::this_thread::yield();
  EXPECT_EQ(threads_named(::getpid(), "omeon").size(), 1U);
  EXPECT_TRUE(threads_named(::getpid(), "nobody").empty());
  is_over = true;
  worker.join();
  EXPECT_FALSE(times_by_thread_name(::getpid()).contains("someone"));
}

TEST(ProcFiles, ThereIsASoftirqThreadForEachCpu) {
  EXPECT_EQ(softirq_thread_times().size(),
            static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
}

TEST(ProcFiles, WhoDoesNotExistHasNoThreads) { EXPECT_TRUE(thread_times(0x7FFFFFFF).empty()); }

}  // namespace
}  // namespace penstock::compare
