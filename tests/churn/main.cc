// penstock-churn: proves that nothing leaks (tools/churn builds and runs it).
#include <exception>
#include <fstream>
#include <iostream>

#include "tests/churn/options.h"
#include "tests/churn/scenarios.h"

namespace {

using namespace penstock::churn;

Report run(const Options& options) {
  if (options.scenario == "objects") return run_objects(options);
  if (options.scenario == "joins") return run_joins(options);
  if (options.scenario == "rush") return run_rush(options);
  if (options.scenario == "sessions") return run_sessions(options);
  if (options.scenario == "whip") return run_whip(options);
  if (options.scenario == "stops") return run_stops(options);
  return options.compares_janus ? run_rooms_beside_janus(options) : run_rooms(options);
}

bool write_json(const Report& report, const Options& options) {
  if (options.json_path.empty()) return true;
  std::ofstream file(options.json_path);
  file << report.to_json();
  if (file.flush()) return true;
  std::cerr << "penstock-churn: cannot write " << options.json_path.string() << '\n';
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    (options.error().status == 0 ? std::cout : std::cerr) << options.error().text;
    return options.error().status;
  }
  try {
    const Report report = run(*options);
    report.print(std::cout);
    const bool is_written = write_json(report, *options);
    return is_written && report.are_all_kept() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "penstock-churn: " << error.what() << '\n';
    return 1;
  }
}
