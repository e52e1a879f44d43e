#include "dataplane/dpdk/worker_threads.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>

namespace penstock {
namespace {

// Reports its quiescent state as a worker does; `work` is what each iteration claims to have done.
struct FakeWorker {
  Qsbr& qsbr;
  WorkerIndex index;
  bool transports = false;
  std::atomic<std::size_t> work = 0;
  std::atomic<std::uint64_t> iterations = 0;
  Timestamp last_now = 0;
  bool time_ran_back = false;

  bool has_transports() const { return transports; }
  std::size_t run_once(Timestamp now) {
    time_ran_back |= now < last_now;
    last_now = now;
    iterations.fetch_add(1, std::memory_order_relaxed);
    qsbr.report_quiescent(index);
    return work.load(std::memory_order_relaxed);
  }
};

Duration cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * kSecond +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * kMicrosecond;
}

class WorkerThreadsTest : public ::testing::Test {
 protected:
  void launch(const PollingConfig& polling) {
    threads = std::make_unique<WorkerThreads>(2, polling, qsbr);
    ASSERT_TRUE(threads->launch(0, first).has_value());
    ASSERT_TRUE(threads->launch(1, second).has_value());
  }
  bool ends_within(Qsbr::Token token, Duration time) {
    for (const Timestamp start = monotonic_now(); monotonic_now() - start < time;) {
      if (qsbr.has_ended(token)) {
        return true;
      }
      sleep_for(100 * kMicrosecond);
    }
    return false;
  }

  Qsbr qsbr{2};
  FakeWorker first{.qsbr = qsbr, .index = 0};
  FakeWorker second{.qsbr = qsbr, .index = 1};
  std::unique_ptr<WorkerThreads> threads;
};

TEST_F(WorkerThreadsTest, IdleAdaptiveWorkersSleepMostOfTheTime) {
  first.transports = second.transports = true;
  launch({});
  sleep_for(100 * kMillisecond);
  const Duration cpu_before = cpu_time();
  const Timestamp start = monotonic_now();
  sleep_for(kSecond);
  const Duration cpu = cpu_time() - cpu_before;
  const Duration wall = monotonic_now() - start;
  threads->stop();
  RecordProperty("idle_cpu_permille", static_cast<int>(1'000 * cpu / wall));
  EXPECT_LT(cpu * 5, wall) << "two idle workers took " << 100 * cpu / wall << " % of a CPU";
  EXPECT_GT(threads->counters(0).sleeps.load(), 100U);
  EXPECT_GT(threads->counters(0).iterations.load(), 100U);
  EXPECT_EQ(threads->counters(0).busy_iterations.load(), 0U);
  EXPECT_FALSE(first.time_ran_back);
}

TEST_F(WorkerThreadsTest, ABusyWorkerDoesNotSleep) {
  first.work = 1;
  launch({});
  sleep_for(50 * kMillisecond);
  threads->stop();
  EXPECT_EQ(threads->counters(0).sleeps.load(), 0U);
  EXPECT_EQ(threads->counters(0).busy_iterations.load(), threads->counters(0).iterations.load());
  EXPECT_EQ(threads->counters(0).iterations.load(), first.iterations.load());
}

TEST_F(WorkerThreadsTest, OnlyIterationsWithWorkAreBusyTime) {
  first.work = 1;
  const Timestamp start = monotonic_now();
  launch({.mode = PollingMode::kSpin});
  while (threads->counters(0).busy.load() < 25 * kMillisecond &&
         monotonic_now() - start < 10 * kSecond) {
    sleep_for(kMillisecond);
  }
  threads->stop();
  EXPECT_GE(threads->counters(0).busy.load(), 25 * kMillisecond);
  EXPECT_LE(threads->counters(0).busy.load(), monotonic_now() - start);
  EXPECT_EQ(threads->counters(1).busy.load(), 0);
}

// One who can wait for packets does so instead of sleeping.
struct WaitingWorker : FakeWorker {
  std::atomic<std::uint64_t> waits = 0;
  void wait(Duration limit) {
    waits.fetch_add(1, std::memory_order_relaxed);
    sleep_for(limit);
  }
};

TEST_F(WorkerThreadsTest, AWorkerThatCanWaitIsNotPutToSleep) {
  WaitingWorker waiting{{.qsbr = qsbr, .index = 0}};
  threads = std::make_unique<WorkerThreads>(2, PollingConfig{.spin = 0}, qsbr);
  ASSERT_TRUE(threads->launch(0, waiting).has_value());
  for (int i = 0; i < 10'000 && waiting.waits.load() == 0; ++i) sleep_for(kMillisecond);
  EXPECT_TRUE(ends_within(qsbr.start(), 10 * kSecond)) << "who waits is waited for";
  threads->stop();
  EXPECT_GT(waiting.waits.load(), 0U);
  EXPECT_EQ(waiting.waits.load(), threads->counters(0).sleeps.load());
}

TEST_F(WorkerThreadsTest, SpinningWorkersNeverSleep) {
  launch({.mode = PollingMode::kSpin});
  sleep_for(50 * kMillisecond);
  threads->stop();
  EXPECT_EQ(threads->counters(0).sleeps.load() + threads->counters(1).sleeps.load(), 0U);
  EXPECT_GT(threads->counters(0).iterations.load(), 1'000U);
}

TEST_F(WorkerThreadsTest, StopReturnsWithinASecondAndTheWorkersStandStill) {
  launch({});
  sleep_for(20 * kMillisecond);
  const Timestamp start = monotonic_now();
  threads->stop();
  EXPECT_LT(monotonic_now() - start, kSecond);
  const std::uint64_t iterations = first.iterations.load();
  sleep_for(20 * kMillisecond);
  EXPECT_EQ(first.iterations.load(), iterations);
  EXPECT_TRUE(qsbr.has_ended(qsbr.start())) << "stopped workers are not waited for";
}

TEST_F(WorkerThreadsTest, AGracePeriodEndsWhileWorkersSleepAndWhileTheyWork) {
  second.work = 1;
  launch({});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(ends_within(qsbr.start(), kSecond));
    sleep_for(kMillisecond);
  }
}

TEST_F(WorkerThreadsTest, APausedWorkerHoldsGracePeriodsUpUntilItIsResumed) {
  second.work = 1;
  launch({});
  threads->pause(1);
  const std::uint64_t iterations = second.iterations.load();
  const Qsbr::Token token = qsbr.start();
  EXPECT_FALSE(ends_within(token, 50 * kMillisecond));
  EXPECT_EQ(second.iterations.load(), iterations);
  threads->resume(1);
  EXPECT_TRUE(ends_within(token, kSecond));
}

TEST_F(WorkerThreadsTest, AWorkerRunsOnTheCpuPlannedForItsLcore) {
  struct CpuWorker {
    std::atomic<int> cpus_allowed = 0;
    std::size_t run_once(Timestamp) {
      cpu_set_t set;
      ::sched_getaffinity(0, sizeof(set), &set);
      cpus_allowed = CPU_COUNT(&set);
      return 0;
    }
  } worker;
  threads = std::make_unique<WorkerThreads>(2, PollingConfig{}, qsbr);
  ASSERT_TRUE(threads->launch(0, worker).has_value());
  sleep_for(20 * kMillisecond);
  threads->stop();
  EXPECT_EQ(worker.cpus_allowed.load(), 1);
}

}  // namespace
}  // namespace penstock
