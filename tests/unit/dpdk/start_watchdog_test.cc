#include "dataplane/dpdk/start_watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <string>

namespace penstock {
namespace {

TEST(StartWatchdogTest, WhatDoesNotEndInTimeIsTold) {
  std::promise<std::string> told;
  StartWatchdog watchdog("no answer", kMillisecond,
                         [&](const std::string& text) { told.set_value(text); });
  EXPECT_EQ(told.get_future().get(), "no answer");
}

TEST(StartWatchdogTest, WhatEndsInTimeIsNot) {
  bool is_told = false;
  {
    StartWatchdog watchdog("no answer", 3600 * kSecond,
                           [&](const std::string&) { is_told = true; });
  }
  EXPECT_FALSE(is_told);
}

TEST(StartWatchdogTest, AProcessThatHangsEndsWithTheText) {
  EXPECT_EXIT(
      {
        StartWatchdog watchdog("no answer from 0000:03:00.0", kMillisecond);
        for (;;) ::pause();
      },
      ::testing::ExitedWithCode(1), "penstock: no answer from 0000:03:00.0\n");
}

}  // namespace
}  // namespace penstock
