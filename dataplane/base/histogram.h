// Counts of durations in buckets whose width grows with the value: 32 for each power of two, so
// that a percentile is at most 3.2 % too high, whatever its size. Fixed memory, no allocation: one
// `record` is a shift and an increment. A value, used by one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class Histogram {
 public:
  // Durations from 0 to 2^40 ns (18 minutes); longer ones count as that long.
  static constexpr int kExponentMax = 40;
  static constexpr int kSubBucketBits = 5;
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kSubBucketBits;
  static constexpr std::size_t kBuckets = (kExponentMax - kSubBucketBits + 1) * kSubBuckets;

  // Negative durations count as 0.
  void record(Duration ns) {
    const auto value = static_cast<std::uint64_t>(std::max<Duration>(ns, 0));
    ++counts_[bucket_of(value)];
    ++count_;
    sum_ += value;
    max_ = std::max(max_, value);
  }

  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  Duration max() const { return static_cast<Duration>(max_); }
  std::uint64_t bucket_count(std::size_t bucket) const { return counts_[bucket]; }

  // The largest duration that falls in this bucket.
  static constexpr Duration upper_bound(std::size_t bucket) {
    if (bucket < kSubBuckets) return static_cast<Duration>(bucket);
    const std::size_t shift = bucket / kSubBuckets - 1;
    const std::uint64_t base = kSubBuckets + bucket % kSubBuckets;
    return static_cast<Duration>(((base + 1) << shift) - 1);
  }

  // The duration that `share` (0 to 1) of all values do not exceed; 0 when there are none. The
  // largest value is exact.
  Duration percentile(double share) const {
    const auto wanted =
        static_cast<std::uint64_t>(std::llround(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted && seen != 0) return std::min(upper_bound(i), max());
    }
    return max();
  }

 private:
  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < kSubBuckets) return static_cast<std::size_t>(value);
    const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 1;
    if (exponent >= kExponentMax) return kBuckets - 1;
    const std::size_t shift = exponent - kSubBucketBits;
    return (shift + 1) * kSubBuckets + static_cast<std::size_t>((value >> shift) - kSubBuckets);
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace penstock
