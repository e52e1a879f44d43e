#include "bench/pipeline/options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace penstock::bench {
namespace {

constexpr const char* kDescription =
    "Measures what Penstock's workers do with media, in this process and without a network:\n"
    "packets come SRTP-protected out of memory, go the whole way from the receive burst to the\n"
    "transmit burst, and are given back.";

constexpr const char* kFooter =
    "\n"
    "First as many packets as the workers take, for throughput and cost; then half of that, for\n"
    "latency. Times are CPU time. What other programs do on this machine still shows: compare\n"
    "figures of one run.";

}  // namespace

std::optional<BenchOptions> parse_bench_options(int argc, const char* const* argv,
                                                int& exit_status) {
  const std::map<std::string, SrtpProfile> profiles = {{"gcm128", SrtpProfile::kAeadAes128Gcm},
                                                       {"gcm256", SrtpProfile::kAeadAes256Gcm},
                                                       {"cm80", SrtpProfile::kAes128CmSha1_80}};
  std::map<std::string, SrtpBackend> backends = {{"ipsec-mb", SrtpBackend::kIpsecMb},
                                                 {"libsrtp", SrtpBackend::kLibsrtp}};
  if (is_runnable(SrtpBackend::kVaes)) backends["vaes"] = SrtpBackend::kVaes;

  BenchOptions options;
  CLI::App app(kDescription, "penstock-bench");
  app.footer(kFooter);
  const auto counts = CLI::Range(std::size_t{1}, std::size_t{4'096});
  app.add_option("--publishers", options.publishers, "Publishers")->check(counts);
  app.add_option("--subscribers", options.subscribers, "Subscribers of each publisher")
      ->check(counts);
  app.add_option("--workers", options.workers, "Workers, a thread each")
      ->check(CLI::Range(std::size_t{1}, std::size_t{15}));
  app.add_option("--payload", options.payload_bytes, "RTP payload of each packet")
      ->check(CLI::Range(2, 1'300))
      ->type_name("BYTES");
  std::string profile = "gcm128";
  app.add_option("--profile", profile, "gcm128, gcm256 or cm80")
      ->check(CLI::IsMember(profiles))
      ->type_name("PROFILE");
  std::string backend(to_string(preferred_srtp_backend()));
  app.add_option("--backend", backend, "ipsec-mb, vaes (if this CPU can) or libsrtp")
      ->check(CLI::IsMember(backends))
      ->type_name("BACKEND");
  app.add_option("--seconds", options.seconds, "How long to measure")
      ->check(CLI::Range(0.2, 600.0));
  app.add_option("--in-flight", options.in_flight, "Packets in each worker's transmit queue")
      ->check(CLI::Range(std::size_t{0}, std::size_t{16'384}));
  app.add_option("--keyframe", options.keyframe_packets,
                 "Measure audio's latency beside keyframes of this many packets")
      ->check(CLI::Range(std::size_t{0}, std::size_t{200}));
  app.add_option("--json", options.json_path, "Write the figures to a file")->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.profile = profiles.at(profile);
  options.backend = backends.at(backend);
  return options;
}

}  // namespace penstock::bench
