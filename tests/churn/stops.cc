// A server that is told to end at the moment when many clients leave: each end of a connection then
// meets the end of the server. Where in the crowd the signal falls differs from stop to stop.
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/leaving_clients.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/server.h"
#include "tests/support/sanitized.h"

namespace penstock::churn {
namespace {

constexpr std::uint64_t kCycles = 50;
constexpr Duration kStopLimit = 60 * kSecond;
constexpr const char* kConfig = "[log]\nlevel = \"warning\"\n";

struct Stop {
  bool is_clean = false;
  Duration took = 0;
};

// `share` of the clients, 0 to 1, have left when the signal is sent.
Stop stop_among(std::size_t clients, double share) {
  integration::Server server({.config = kConfig});
  server.wait_until_ready();
  integration::LeavingClients leaving(clients);
  leaving.leave(static_cast<std::size_t>(static_cast<double>(clients) * share));
  server.process().signal(SIGTERM);
  const Timestamp start = integration::monotonic_now();
  leaving.leave(leaving.left());
  const auto status = server.process().wait_for(kStopLimit);
  const Stop stop{.is_clean = status == 0, .took = integration::monotonic_now() - start};
  if (!stop.is_clean) {
    std::cerr << "--- the server " << (status ? "ends with " + std::to_string(*status) : "hangs")
              << "; its log:\n"
              << server.log();
  }
  return stop;
}

}  // namespace

Report run_stops(const Options& options) {
  const std::uint64_t cycles = options.cycles.value_or(kCycles);
  integration::enter_network_namespace();
  Progress progress(std::cerr, is_terminal(), "stops", cycles);
  std::vector<Duration> times;
  std::uint64_t clean = 0;
  for (std::uint64_t i = 0; i < cycles; ++i) {
    const Stop stop =
        stop_among(options.clients, static_cast<double>(i) / static_cast<double>(cycles));
    if (stop.is_clean) ++clean;
    times.push_back(stop.took);
    progress.update(i + 1, integration::monotonic_now());
  }
  progress.finish(integration::monotonic_now());
  std::ranges::sort(times);

  Report report("stops", cycles);
  report.add("clients at each", with_commas(options.clients));
  report.add("sanitizers", test::kIsSanitized ? "yes" : "no");
  report.add("from the signal to the end, p50",
             duration_text(static_cast<std::uint64_t>(times[times.size() / 2])));
  report.add("from the signal to the end, max",
             duration_text(static_cast<std::uint64_t>(times.back())));
  report.values()["clients"] = options.clients;
  report.values()["clean"] = clean;
  report.values()["stop_ns_max"] = times.back();
  report.promise("every stop is clean", clean == cycles,
                 with_commas(clean) + " of " + with_commas(cycles));
  return report;
}

}  // namespace penstock::churn
