// What churn costs the workers: packets forwarded per second of their CPU time, while the same
// number of members stands still and while they are replaced at a rate, in turns, so that what
// changes on the machine meanwhile meets both.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/inprocess/members.h"
#include "tests/churn/report.h"

namespace penstock::churn {

struct ThroughputOptions {
  std::size_t rounds = 7;
  Duration phase = kSecond;
  std::uint64_t rate = 10'000;  // joins and leaves a second
};

struct Throughput {
  std::vector<double> standing;  // packets per CPU second, by round
  std::vector<double> churning;
  std::vector<double> ratios;   // churning / standing, sorted
  double churn_per_second = 0;  // that was reached

  double ratio(double share) const;  // a quantile
  double median_of(std::vector<double> values) const;
};

// Traffic must be on. `on_progress` is called as members are replaced.
Throughput measure_throughput(bench::InProcessDataplane& dataplane, bench::Members& members,
                              const ThroughputOptions& options,
                              const std::function<void()>& on_progress);

// Lines, values, and the promise (only reported when `is_judged` is false).
void report_throughput(Report& report, const Throughput& throughput, bool is_judged);

}  // namespace penstock::churn
