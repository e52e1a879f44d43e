#include "bench/inprocess/consent_log.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

TransportHandle transport(std::uint32_t index) { return TransportHandle(index, 1); }

TEST(ConsentLog, TheLatestCounts) {
  ConsentLog log;
  log.expect(transport(1), 100);
  log.expect(transport(2), 200);
  log.found(transport(1), 130);
  log.found(transport(2), 210);
  log.found(transport(2), 900);  // said again
  log.found(transport(3), 900);  // nobody expected it
  const auto summary = log.summary(1'000);
  EXPECT_EQ(summary.ended, 2U);
  EXPECT_EQ(summary.found, 2U);
  EXPECT_EQ(summary.late_max, 30);
}

TEST(ConsentLog, WhatWasNotFoundIsLateUntilNow) {
  ConsentLog log;
  log.expect(transport(1), 100);
  log.expect(transport(2), 5'000);
  const auto summary = log.summary(1'000);
  EXPECT_EQ(summary.ended, 1U);
  EXPECT_EQ(summary.found, 0U);
  EXPECT_EQ(summary.late_max, 900);
  log.clear();
  EXPECT_EQ(log.summary(9'000).ended, 0U);
}

}  // namespace
}  // namespace penstock::bench
