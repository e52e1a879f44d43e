#include <csignal>
#include <iostream>

#include "bench/load/load_run.h"
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/report/write_file.h"

int main(int argc, char** argv) {
  using namespace penstock::load;
  int exit_status = 0;
  const auto options = parse_load_options(argc, argv, exit_status);
  if (!options) return exit_status;
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { LoadRun::interrupt(); });
  }
  LoadRun run(*options);
  const auto result = run.run();
  if (!result) {
    std::cerr << "penstock-load: " << result.error() << '\n';
    return 1;
  }
  if (!options->is_quiet) std::cout << to_table(*options, *result);
  if (!penstock::bench::write_file("penstock-load", options->json_path,
                                   to_json(*options, *result))) {
    return 1;
  }
  if (result->failed_peers > 0) {
    std::cerr << "penstock-load: " << result->failed_peers
              << " peers failed; the first: " << result->first_failure << '\n';
    return 1;
  }
  if (result->received_packets == 0 && options->subscribers > 0) {
    std::cerr << "penstock-load: nothing was received\n";
    return 1;
  }
  return 0;
}
