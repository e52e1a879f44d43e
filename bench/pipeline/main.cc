#include <algorithm>
#include <iostream>

#include "bench/pipeline/drain.h"
#include "bench/pipeline/measurement.h"
#include "bench/pipeline/options.h"
#include "bench/pipeline/report.h"
#include "bench/pipeline/scaling.h"
#include "bench/report/write_file.h"

namespace penstock::bench {
namespace {

// Prints the result and writes it to the file; false, with a message, if it was none.
template <typename Result>
bool show(const BenchOptions& options, const std::expected<Result, std::string>& result) {
  if (!result) {
    std::cerr << "penstock-bench: " << result.error() << '\n';
    return false;
  }
  std::cout << to_table(options, *result);
  return write_file("penstock-bench", options.json_path, to_json(options, *result));
}

// Nothing forwarded is a failure, whatever the figures say.
bool run_scaling(const BenchOptions& options) {
  const auto scaling = measure_scaling(options);
  return show(options, scaling) && scaling->results.back().packets_per_cpu_second.min > 0;
}

bool run_drain(const BenchOptions& options) {
  const auto results = measure_drain(options);
  return show(options, results) && std::ranges::all_of(*results, [](const DrainResult& result) {
           return result.sent > result.lost;
         });
}

bool run(const BenchOptions& options) {
  const auto measurement = measure(options);
  return show(options, measurement) && measurement->packets_per_second.median > 0 &&
         measurement->latencies.count() + measurement->preempted_packets > 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  using namespace penstock::bench;
  int exit_status = 0;
  const auto options = parse_bench_options(argc, argv, exit_status);
  if (!options) return exit_status;
  if (options->drain_gbps) return run_drain(*options) ? 0 : 1;
  return (options->is_scaling ? run_scaling(*options) : run(*options)) ? 0 : 1;
}
