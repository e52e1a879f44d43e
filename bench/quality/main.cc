#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "bench/quality/options.h"
#include "bench/quality/report.h"
#include "bench/quality/scenarios.h"
#include "bench/report/write_file.h"

namespace penstock::quality {
namespace {

std::vector<const Scenario*> chosen(const QualityOptions& options) {
  std::vector<const Scenario*> list;
  for (const std::string& name : options.scenarios) {
    if (name != "all") {
      list.push_back(find_scenario(name));
      continue;
    }
    for (const Scenario& scenario : scenarios()) list.push_back(&scenario);
  }
  return list;
}

void list_scenarios() {
  for (const Scenario& scenario : scenarios())
    std::cout << scenario.name << '\t' << scenario.description << '\n';
}

// On one line that is written over; only where somebody looks.
class Progress {
 public:
  explicit Progress(bool is_quiet) : is_shown_(!is_quiet && isatty(STDERR_FILENO) != 0) {}
  void show(const Scenario& scenario, Duration time) const {
    if (!is_shown_) return;
    std::cerr << "\r\033[K" << scenario.name << ": " << time / kSecond << " of "
              << scenario.duration / kSecond << " s" << std::flush;
  }
  void clear() const {
    if (is_shown_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  bool is_shown_;
};

int run(const QualityOptions& options) {
  std::vector<Outcome> outcomes;
  const Progress progress(options.is_quiet);
  for (const Scenario* scenario : chosen(options)) {
    const CallRecord call =
        run_call(*scenario, options.seed, [&](Duration time) { progress.show(*scenario, time); });
    progress.clear();
    outcomes.push_back(outcome_of(*scenario, options.seed, call));
    std::cout << to_table(outcomes.back()) << std::flush;
  }
  if (!bench::write_file("penstock-quality", options.json_path, to_json(outcomes))) return 1;
  if (!bench::write_file("penstock-quality", options.html_path, to_html(outcomes))) return 1;
  return std::ranges::all_of(outcomes, &Outcome::is_good) ? 0 : 1;
}

}  // namespace
}  // namespace penstock::quality

int main(int argc, char** argv) {
  using namespace penstock::quality;
  int exit_status = 0;
  const auto options = parse_quality_options(argc, argv, exit_status);
  if (!options) return exit_status;
  if (!options->is_list) return run(*options);
  list_scenarios();
  return 0;
}
