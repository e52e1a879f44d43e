#include "tests/churn/throughput.h"

#include <algorithm>

#include "tests/churn/progress.h"

namespace penstock::churn {
namespace {

constexpr double kRatioMin = 0.97;

struct Work {
  std::uint64_t forwarded = 0;
  Duration cpu = 0;
};

Work work_so_far(const bench::InProcessDataplane& dataplane) {
  Work work;
  for (std::size_t i = 0; i < dataplane.worker_count(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    work.forwarded += dataplane.stats(worker).media_forwarded.get();
    work.cpu += dataplane.cpu_time(worker);
  }
  return work;
}

template <typename Phase>
double packets_per_cpu_second(const bench::InProcessDataplane& dataplane, Phase&& phase) {
  const Work before = work_so_far(dataplane);
  phase();
  const Work after = work_so_far(dataplane);
  return static_cast<double>(after.forwarded - before.forwarded) /
         (static_cast<double>(after.cpu - before.cpu) / static_cast<double>(kSecond));
}

}  // namespace

double Throughput::median_of(std::vector<double> values) const {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

double Throughput::ratio(double share) const {
  if (ratios.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(ratios.size() - 1) + 0.5);
  return ratios[index];
}

Throughput measure_throughput(bench::InProcessDataplane& dataplane, bench::Members& members,
                              const ThroughputOptions& options,
                              const std::function<void()>& on_progress) {
  Throughput throughput;
  std::uint64_t replaced = 0;
  const auto stand = [&] {
    throughput.standing.push_back(
        packets_per_cpu_second(dataplane, [&] { dataplane.run_for(options.phase); }));
  };
  const auto churn = [&] {
    throughput.churning.push_back(packets_per_cpu_second(
        dataplane, [&] { replaced += members.replace_for(options.phase, options.rate); }));
  };
  dataplane.run_for(options.phase);  // warms up
  for (std::size_t round = 0; round < options.rounds; ++round) {
    if (round % 2 == 0) {
      stand();
      churn();
    } else {
      churn();
      stand();
    }
    throughput.ratios.push_back(throughput.churning.back() / throughput.standing.back());
    on_progress();
  }
  std::ranges::sort(throughput.ratios);
  throughput.churn_per_second =
      static_cast<double>(replaced) /
      (static_cast<double>(options.rounds) * static_cast<double>(options.phase) / kSecond);
  return throughput;
}

void report_throughput(Report& report, const Throughput& throughput, bool is_judged) {
  const auto packets = [](double number) {
    return with_commas(static_cast<std::uint64_t>(number)) + " packets per worker CPU second";
  };
  report.add("members standing", packets(throughput.median_of(throughput.standing)));
  report.add("members churning", packets(throughput.median_of(throughput.churning)));
  report.add("joins and leaves",
             with_commas(static_cast<std::uint64_t>(throughput.churn_per_second)) + " a second");
  const std::string detail = "median " + number_text(throughput.ratio(0.5), 4) + ", quartiles " +
                             number_text(throughput.ratio(0.25), 4) + " to " +
                             number_text(throughput.ratio(0.75), 4) + " of " +
                             std::to_string(throughput.ratios.size()) + " rounds";
  // Noise alone must not break it: three quarters of the rounds have to say so.
  const bool is_kept = throughput.ratio(0.5) >= kRatioMin || throughput.ratio(0.75) >= kRatioMin;
  const std::string name = "churn costs at most 3 % of throughput";
  is_judged ? report.promise(name, is_kept, detail) : report.only_reported(name, is_kept, detail);
  report.values()["throughput"] = {
      {"standing_packets_per_cpu_second", throughput.median_of(throughput.standing)},
      {"churning_packets_per_cpu_second", throughput.median_of(throughput.churning)},
      {"ratio_median", throughput.ratio(0.5)},
      {"ratio_lower_quartile", throughput.ratio(0.25)},
      {"ratio_upper_quartile", throughput.ratio(0.75)},
      {"rounds", throughput.ratios.size()},
      {"cycles_per_second", throughput.churn_per_second}};
}

}  // namespace penstock::churn
