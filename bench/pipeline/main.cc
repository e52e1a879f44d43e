#include <cstdio>
#include <fstream>
#include <iostream>

#include "bench/pipeline/measurement.h"
#include "bench/pipeline/options.h"
#include "bench/pipeline/report.h"

int main(int argc, char** argv) {
  using namespace penstock::bench;
  int exit_status = 0;
  const auto options = parse_bench_options(argc, argv, exit_status);
  if (!options) return exit_status;
  const auto measurement = measure(*options);
  if (!measurement) {
    std::cerr << "penstock-bench: " << measurement.error() << '\n';
    return 1;
  }
  std::cout << to_table(*options, *measurement);
  if (!options->json_path.empty()) {
    std::ofstream file(options->json_path);
    file << to_json(*options, *measurement);
    if (!file.flush()) {
      std::cerr << "penstock-bench: cannot write " << options->json_path << '\n';
      return 1;
    }
  }
  // Nothing forwarded is a failure, whatever the figures say.
  return measurement->packets_per_second > 0 && measurement->latencies.count() > 0 ? 0 : 1;
}
