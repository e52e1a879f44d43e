#include "tests/churn/deadline.h"

#include "tests/churn/progress.h"

namespace penstock::churn {
namespace {

constexpr Duration kDeadline = 2 * kMillisecond;

bool did_worker_stand_still(const bench::InProcessDataplane& dataplane, Timestamp from,
                            Timestamp until) {
  for (std::size_t i = 0; i < dataplane.worker_count(); ++i) {
    if (dataplane.standstills(static_cast<WorkerIndex>(i)).overlaps(from, until)) return true;
  }
  return false;
}

void take_sample(bench::InProcessDataplane& dataplane, bench::Members& members,
                 DeadlineSamples& samples) {
  using Clock = bench::InProcessDataplane;
  dataplane.run_for(0);
  bench::StandstillLog control;
  const Timestamp retired_at = Clock::now();
  control.begin_iteration(retired_at);
  members.leave();
  while (dataplane.registry().pool_counts().retired_count != 0) {
    dataplane.run_for(0);
    control.begin_iteration(Clock::now());
  }
  const Timestamp reclaimed_at = Clock::now();
  const bool is_preempted =
      control.count() != 0 || did_worker_stand_still(dataplane, retired_at, reclaimed_at);
  (is_preempted ? samples.preempted : samples.undisturbed).record(reclaimed_at - retired_at);
}

std::string nanoseconds(Duration ns) { return duration_text(static_cast<std::uint64_t>(ns)); }

}  // namespace

DeadlineSamples measure_deadline(bench::InProcessDataplane& dataplane, bench::Members& members,
                                 std::uint64_t samples,
                                 const std::function<void(std::uint64_t)>& on_progress) {
  DeadlineSamples result;
  for (std::uint64_t i = 0; i < samples; ++i) {
    while (!members.join()) dataplane.run_for(kMillisecond);
    take_sample(dataplane, members, result);
    on_progress(i + 1);
  }
  return result;
}

void report_deadline(Report& report, const DeadlineSamples& samples, bool is_judged) {
  const Histogram& good = samples.undisturbed;
  const Histogram& bad = samples.preempted;
  report.add("deadline: undisturbed samples",
             with_commas(good.count()) + ": p50 " + nanoseconds(good.percentile(0.5)) + ", p99 " +
                 nanoseconds(good.percentile(0.99)) + ", p100 " + nanoseconds(good.max()));
  report.add("deadline: samples with a preemption",
             with_commas(bad.count()) + ", the worst " + nanoseconds(bad.max()));
  const std::string name = "undisturbed, reclaimed within 2 ms";
  const bool is_kept = good.count() > 0 && good.max() <= kDeadline;
  const std::string detail = "p100 " + nanoseconds(good.max());
  is_judged ? report.promise(name, is_kept, detail) : report.only_reported(name, is_kept, detail);
  report.values()["deadline"] = {{"undisturbed",
                                  {{"samples", good.count()},
                                   {"p50_ns", good.percentile(0.5)},
                                   {"p99_ns", good.percentile(0.99)},
                                   {"p100_ns", good.max()}}},
                                 {"preempted", {{"samples", bad.count()}, {"p100_ns", bad.max()}}}};
}

}  // namespace penstock::churn
