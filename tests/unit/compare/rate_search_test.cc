#include "bench/compare/rate_search.h"

#include <gtest/gtest.h>

namespace penstock::compare {
namespace {

// What the search says of a server that takes up to `capacity`; counts its tries.
double search(double capacity, const RateSearchLimits& limits, std::size_t& tries) {
  RateSearch search(limits);
  for (tries = 0; !search.is_done(); ++tries) search.report(search.next() <= capacity);
  return search.best();
}

TEST(RateSearch, FindsTheCapacityToItsPrecision) {
  for (const double capacity : {1'000.0, 1'700.0, 3'300.0, 9'999.0, 60'000.0}) {
    std::size_t tries = 0;
    const double found = search(capacity, {.first = 1'000, .tries = 20, .precision = 0.05}, tries);
    EXPECT_LE(found, capacity);
    EXPECT_GE(found, capacity * 0.94) << capacity;
  }
}

TEST(RateSearch, GoesBelowAFirstRateThatIsTooHigh) {
  std::size_t tries = 0;
  const double found = search(130, {.first = 1'000, .tries = 20, .precision = 0.05}, tries);
  EXPECT_LE(found, 130);
  EXPECT_GE(found, 120);
}

TEST(RateSearch, EndsAfterItsTries) {
  std::size_t tries = 0;
  search(50'000, {.first = 1'000, .tries = 4, .precision = 0.001}, tries);
  EXPECT_EQ(tries, 4U);
}

TEST(RateSearch, EndsAtTheHighestRateThereIs) {
  std::size_t tries = 0;
  EXPECT_DOUBLE_EQ(search(1e9, {.first = 1'000, .max = 6'000, .tries = 20}, tries), 6'000);
  EXPECT_EQ(tries, 4U);
}

TEST(RateSearch, AServerThatTakesNothingHasNoRate) {
  std::size_t tries = 0;
  EXPECT_DOUBLE_EQ(search(0, {.first = 1'000, .tries = 5}, tries), 0);
  EXPECT_EQ(tries, 5U);
}

}  // namespace
}  // namespace penstock::compare
