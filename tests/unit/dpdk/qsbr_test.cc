#include "dataplane/dpdk/qsbr.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace penstock {
namespace {

class QsbrTest : public ::testing::Test {
 protected:
  QsbrTest() {
    for (WorkerIndex worker = 0; worker < 2; ++worker) {
      qsbr.register_worker(worker);
      qsbr.go_online(worker);
    }
  }
  Qsbr qsbr{2};
};

TEST_F(QsbrTest, EndsOnlyAfterEveryOnlineWorkerHasReported) {
  const Qsbr::Token token = qsbr.start();
  EXPECT_FALSE(qsbr.has_ended(token));
  qsbr.report_quiescent(0);
  EXPECT_FALSE(qsbr.has_ended(token));
  qsbr.report_quiescent(1);
  EXPECT_TRUE(qsbr.has_ended(token));
}

TEST_F(QsbrTest, AReportFromBeforeTheStartDoesNotCount) {
  qsbr.report_quiescent(0);
  qsbr.report_quiescent(1);
  const Qsbr::Token token = qsbr.start();
  qsbr.report_quiescent(0);
  EXPECT_FALSE(qsbr.has_ended(token));
}

TEST_F(QsbrTest, AnOfflineWorkerIsNotWaitedFor) {
  const Qsbr::Token token = qsbr.start();
  qsbr.report_quiescent(0);
  qsbr.go_offline(1);
  EXPECT_TRUE(qsbr.has_ended(token));
  EXPECT_TRUE(qsbr.has_ended(token)) << "asking twice changes nothing";
}

TEST_F(QsbrTest, AWorkerThatComesBackOnlineIsWaitedForAgain) {
  qsbr.go_offline(1);
  qsbr.go_online(1);
  const Qsbr::Token token = qsbr.start();
  qsbr.report_quiescent(0);
  EXPECT_FALSE(qsbr.has_ended(token));
  qsbr.report_quiescent(1);
  EXPECT_TRUE(qsbr.has_ended(token));
}

TEST_F(QsbrTest, AnUnregisteredWorkerIsNotWaitedFor) {
  qsbr.go_offline(1);
  qsbr.unregister_worker(1);
  const Qsbr::Token token = qsbr.start();
  qsbr.report_quiescent(0);
  EXPECT_TRUE(qsbr.has_ended(token));
}

TEST_F(QsbrTest, TokensEndInOrder) {
  const Qsbr::Token first = qsbr.start();
  qsbr.report_quiescent(0);
  const Qsbr::Token second = qsbr.start();
  qsbr.report_quiescent(1);
  EXPECT_TRUE(qsbr.has_ended(first));
  EXPECT_FALSE(qsbr.has_ended(second));
}

TEST(QsbrThreadTest, WhatIsFreedAfterTheGracePeriodIsNoLongerRead) {
  Qsbr qsbr(1);
  qsbr.register_worker(0);
  std::atomic<int*> published = nullptr;
  std::atomic<bool> must_stop = false;
  std::atomic<int> wrong_reads = 0;
  std::thread worker([&] {
    qsbr.go_online(0);
    for (int i = 0; !must_stop.load(std::memory_order_acquire); ++i) {
      if (const int* value = published.load(std::memory_order_acquire)) {
        wrong_reads += *value != 42;
      }
      qsbr.report_quiescent(0);
      if (i % 256 == 0) {
        qsbr.go_offline(0);
        std::this_thread::yield();
        qsbr.go_online(0);
      }
    }
    qsbr.go_offline(0);
  });
  for (int round = 0; round < 500; ++round) {
    auto* value = new int(42);
    published.store(value, std::memory_order_release);
    std::this_thread::yield();
    published.store(nullptr, std::memory_order_release);
    const Qsbr::Token token = qsbr.start();
    while (!qsbr.has_ended(token)) {
      std::this_thread::yield();
    }
    *value = 0;
    delete value;
  }
  must_stop.store(true, std::memory_order_release);
  worker.join();
  EXPECT_EQ(wrong_reads.load(), 0);
}

}  // namespace
}  // namespace penstock
