#include "tests/churn/resident_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

namespace penstock::churn {
namespace {

Growth growth_of(std::uint64_t cycles, const std::function<double(double)>& bytes_at) {
  ResidentMemory memory(cycles);
  for (std::uint64_t cycle = 0; cycle <= cycles; ++cycle) {
    if (memory.is_due(cycle)) {
      memory.add(cycle, static_cast<std::size_t>(bytes_at(static_cast<double>(cycle))));
    }
  }
  return memory.growth();
}

TEST(ResidentMemoryTest, ThisProcessHasSomeAndNobodyHasNone) {
  EXPECT_GT(resident_bytes(::getpid()), 100U * 1'024);
  EXPECT_EQ(resident_bytes(-1), 0U);
}

TEST(ResidentMemoryTest, ALeakOfAByteACycleIsFound) {
  const Growth growth = growth_of(1'000'000, [](double cycle) { return 5e7 + cycle; });
  EXPECT_FALSE(growth.is_none);
  EXPECT_NEAR(growth.slope_bytes_per_cycle, 1, 0.01);
  EXPECT_NEAR(static_cast<double>(growth.bytes), 900'000, 5'000);
}

TEST(ResidentMemoryTest, WhatIsTouchedInTheWarmUpIsNotGrowth) {
  const Growth growth =
      growth_of(1'000'000, [](double cycle) { return 5e7 + (cycle < 90'000 ? 100 * cycle : 9e6); });
  EXPECT_TRUE(growth.is_none);
  EXPECT_EQ(growth.bytes, 0);
  EXPECT_EQ(growth.rule, "|slope| < 0.001 B/cycle");
}

TEST(ResidentMemoryTest, AShortRunMayGrowByAFewPages) {
  const auto steps = [](double pages) {
    return growth_of(10'000,
                     [=](double cycle) { return 5e7 + (cycle > 5'000 ? pages * 4'096 : 0); });
  };
  EXPECT_TRUE(steps(16).is_none);
  EXPECT_EQ(steps(16).rule, "growth <= 64 KiB");
  EXPECT_FALSE(steps(17).is_none);
}

TEST(ResidentMemoryTest, TakesHundredsOfSamplesInALongRunAndEachCycleOfAShortOne) {
  EXPECT_GE(growth_of(1'000'000, [](double) { return 1.0; }).samples, 200U);
  EXPECT_EQ(growth_of(100, [](double) { return 1.0; }).samples, 91U);
  EXPECT_FALSE(ResidentMemory(10).growth().is_none) << "nothing was measured";
}

TEST(HeapAtRestTest, AFewBytesThatStayOfEachOfAHundredCyclesAreFound) {
  EXPECT_TRUE((HeapAtRest{.before = 24'000'000, .after = 24'000'048}).is_steady());
  EXPECT_TRUE((HeapAtRest{.before = 24'000'000, .after = 23'990'000}).is_steady());
  EXPECT_FALSE((HeapAtRest{.before = 24'000'000, .after = 24'000'000 + 100 * 16}).is_steady());
  EXPECT_FALSE(HeapAtRest{}.is_steady()) << "nothing was measured";
}

}  // namespace
}  // namespace penstock::churn
