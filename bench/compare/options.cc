#include "bench/compare/options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <filesystem>

namespace penstock::compare {
namespace {

constexpr const char* kDescription =
    "Compares servers on one veth pair under the same load: Penstock on AF_XDP and on AF_PACKET,\n"
    "Penstock over the kernel's sockets, and Debian's janus. They take turns; each round has its\n"
    "own network and its own processes.";

constexpr const char* kFooter =
    "\n"
    "Debian builds the libsrtp2 that janus uses on NSS, which is slow: --janus-library-path gives "
    "it\n"
    "another, built on OpenSSL.\n"
    "\n"
    "Figures of a rate are the median over the rounds. Run it on a machine that does nothing "
    "else.\n"
    "Needs root, and ip, ethtool and taskset.";

// The first two CPUs that this process may use: the load's and the server's.
void choose_cpus(ComparisonOptions& options) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  for (int cpu = 0; cpu < CPU_SETSIZE && options.start.cpu < 0; ++cpu) {
    if (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
    (options.load.cpu < 0 ? options.load.cpu : options.start.cpu) = cpu;
  }
}

void add_options(CLI::App& app, CompareOptions& options, bool& is_quick) {
  ComparisonOptions& comparison = options.comparison;
  LoadSettings& load = comparison.load;
  app.add_option("--rounds", comparison.rounds, "Turns of each server (--quick: 2)")
      ->check(CLI::Range(1, 100));
  app.add_flag("--quick", is_quick, "Fewer and shorter rounds, and no search for the highest rate");
  app.add_option("--seconds", load.seconds, "Length of a turn's measurement")
      ->check(CLI::Range(0.5, 600.0));
  app.add_option("--publishers", load.publishers, "Publishers")->check(CLI::Range(1, 60));
  app.add_option("--subscribers", load.subscribers, "Subscribers of all of them")
      ->check(CLI::Range(1, 1'000));
  app.add_option("--pps", load.packets_per_second, "Packets that each publisher sends a second")
      ->check(CLI::Range(1.0, 1e5));
  app.add_option("--payload", load.payload_bytes, "RTP payload")->check(CLI::Range(40, 1'200));
  app.add_option("--profile", load.profile, "gcm128, gcm256 or cm80")
      ->check(CLI::IsMember({"gcm128", "gcm256", "cm80"}));
  app.add_option("--search-seconds", comparison.search_seconds, "Length of a try of the search")
      ->check(CLI::Range(0.5, 60.0));
  app.add_option("--only", comparison.only, "Only these servers, by name")->delimiter(',');
  app.add_option("--janus-library-path", comparison.start.janus_library_path,
                 "LD_LIBRARY_PATH of janus")
      ->check(CLI::ExistingDirectory);
  app.add_option("--json", options.json_path, "Write all figures to a file")->type_name("FILE");
}

}  // namespace

std::optional<CompareOptions> parse_compare_options(int argc, const char* const* argv,
                                                    int& exit_status) {
  CompareOptions options;
  bool is_quick = false;
  CLI::App app(kDescription, "penstock-compare");
  app.footer(kFooter);
  add_options(app, options, is_quick);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  ComparisonOptions& comparison = options.comparison;
  if (is_quick) {
    comparison.searches_rate = false;
    if (app.count("--rounds") == 0) comparison.rounds = 2;
    if (app.count("--seconds") == 0) comparison.load.seconds = 2;
  }
  const auto folder = std::filesystem::canonical("/proc/self/exe").parent_path();
  comparison.start.programs = folder.string();
  comparison.load.program = (folder / "penstock-load").string();
  choose_cpus(comparison);
  return options;
}

}  // namespace penstock::compare
