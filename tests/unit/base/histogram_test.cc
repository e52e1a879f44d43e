#include "dataplane/base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

TEST(Histogram, PercentilesAreAtMostThreePointTwoPercentTooHigh) {
  Prng prng(7);
  Histogram histogram;
  std::vector<Duration> values;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<Duration>(prng.next_u64() >> (24 + i % 39));
    values.push_back(value);
    histogram.record(value);
  }
  std::ranges::sort(values);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()) + 0.5);
    const Duration exact = values[std::max<std::size_t>(rank, 1) - 1];
    EXPECT_GE(histogram.percentile(share), exact) << share;
    EXPECT_LE(static_cast<double>(histogram.percentile(share)), static_cast<double>(exact) * 1.032)
        << share;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), values.size());
}

TEST(Histogram, EveryBucketHoldsTheDurationsUpToItsBound) {
  for (std::size_t bucket = 1; bucket < Histogram::kBuckets; ++bucket) {
    Histogram histogram;
    histogram.record(Histogram::upper_bound(bucket));
    histogram.record(Histogram::upper_bound(bucket - 1) + 1);
    ASSERT_EQ(histogram.bucket_count(bucket), 2U) << bucket;
  }
}

TEST(Histogram, DurationsOutOfRangeCountAtTheEnds) {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(kNever);
  EXPECT_EQ(histogram.bucket_count(0), 1U);
  EXPECT_EQ(histogram.bucket_count(Histogram::kBuckets - 1), 1U);
  EXPECT_EQ(histogram.max(), kNever);
}

TEST(Histogram, MergedHistogramsAreAsIfRecordedInOne) {
  Histogram one;
  Histogram other;
  Histogram both;
  for (Duration ns = 1; ns < 5'000; ns += 7) {
    (ns % 2 == 0 ? one : other).record(ns);
    both.record(ns);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.sum(), both.sum());
  EXPECT_EQ(one.percentile(0.5), both.percentile(0.5));
  EXPECT_EQ(Histogram().percentile(0.5), 0);
}

}  // namespace
}  // namespace penstock
