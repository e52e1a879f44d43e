#include "bench/compare/run.h"

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <stdexcept>

#include "tests/integration/harness/child_process.h"
#include "tests/integration/harness/janus_connection.h"
#include "tests/support/temporary_folder.h"

namespace penstock::compare {
namespace {

namespace json = boost::json;

using integration::monotonic_now;
using test::read_file;

constexpr Duration kJoinsMax = 15 * kSecond;
constexpr Duration kLeavesMax = 10 * kSecond;
constexpr Duration kLookInterval = 2 * kMillisecond;

// What the clocks say at one moment.
struct Sample {
  Timestamp at = 0;
  ThreadTimes server;
  ThreadTimes softirq_threads;
  Duration softirq = 0;
  Duration busy = 0;
};

Sample take_sample(const RunningServer& server) {
  Sample sample;
  sample.at = monotonic_now();
  sample.server = thread_times(server.pid());
  sample.softirq_threads = softirq_thread_times();
  sample.softirq = softirq_time();
  sample.busy = server.busy_time();
  return sample;
}

// penstock-load, running.
class Load {
 public:
  Load(const LoadSettings& settings, Network& network) {
    std::vector<std::string> command = pin_command(settings.cpu);
    command.insert(command.end(), {settings.program,
                                   "--server",
                                   "ws://" + std::string(kSignallingAddress) + ":" +
                                       std::to_string(integration::kWebSocketPort) + "/",
                                   "--bind",
                                   load_address(kLoadHostFirst) + "-" + load_address(kLoadHostLast),
                                   "--publishers",
                                   std::to_string(settings.publishers),
                                   "--subscribers",
                                   std::to_string(settings.subscribers),
                                   "--seconds",
                                   std::to_string(settings.seconds),
                                   "--warmup",
                                   std::to_string(settings.warmup_seconds),
                                   "--ramp",
                                   "50",
                                   "--pps",
                                   std::to_string(settings.packets_per_second),
                                   "--payload",
                                   std::to_string(settings.payload_bytes),
                                   "--profile",
                                   settings.profile,
                                   "--decrypt-share",
                                   std::to_string(settings.decrypt_share),
                                   "--json",
                                   json_path().string(),
                                   "--quiet"});
    network.enter_load();
    process_.emplace(integration::ChildOptions{.arguments = command, .output = output_path()});
    network.enter_server();
  }

  void wait_for(const std::string& line, Duration limit) {
    const Timestamp deadline = monotonic_now() + limit;
    while (read_file(output_path()).find(line) == std::string::npos) {
      if (!process_->is_running() || monotonic_now() > deadline) {
        throw std::runtime_error("penstock-load: no \"" + line + "\": " + read_file(output_path()));
      }
      ::usleep(kLookInterval / kMicrosecond);
    }
  }

  LoadFigures finish() {
    if (!process_->wait_for(kLeavesMax)) throw std::runtime_error("penstock-load does not end");
    const std::string report = read_file(json_path());
    if (report.empty()) throw std::runtime_error("penstock-load: " + read_file(output_path()));
    return parse_load_report(report);
  }

 private:
  std::filesystem::path output_path() const { return folder_.path() / "output"; }
  std::filesystem::path json_path() const { return folder_.path() / "load.json"; }

  test::TemporaryFolder folder_;
  std::optional<integration::ChildProcess> process_;
};

double number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) {
    throw std::runtime_error("penstock-load's report has no number \"" + std::string(key) + "\"");
  }
  return value->to_number<double>();
}

Duration limit(double seconds, Duration more) { return std::llround(seconds * 1e9) + more; }

}  // namespace

SoftirqBaseline measure_softirq_baseline() {
  SoftirqBaseline baseline;
  const std::optional<bool> is_counted_apart = has_irq_time_accounting();
  baseline.is_known = is_counted_apart.has_value();
  baseline.is_counted_apart = is_counted_apart.value_or(false);
  const Timestamp begin = monotonic_now();
  const ThreadTimes threads = softirq_thread_times();
  const Duration machine = softirq_time();
  ::sleep(1);
  const double seconds = static_cast<double>(monotonic_now() - begin) / 1e9;
  baseline.threads_ns_per_s =
      static_cast<double>(difference(threads, softirq_thread_times())) / seconds;
  baseline.machine_ns_per_s = static_cast<double>(softirq_time() - machine) / seconds;
  return baseline;
}

LoadFigures parse_load_report(const std::string& text) {
  boost::system::error_code error;
  const json::value report = json::parse(text, error);
  if (error || !report.is_object()) throw std::runtime_error("penstock-load's report is no object");
  const json::object& object = report.as_object();
  if (const double failed = number(object, "failed_peers"); failed > 0) {
    throw std::runtime_error(std::to_string(std::llround(failed)) + " peers did not connect");
  }
  const json::value* delay = object.if_contains("delay_ns");
  if (delay == nullptr || !delay->is_object()) {
    throw std::runtime_error("penstock-load's report has no \"delay_ns\"");
  }
  LoadFigures figures;
  figures.received_per_second = number(object, "received_packets_per_second");
  figures.loss = number(object, "loss");
  figures.delay_p50_ns = number(delay->as_object(), "p50");
  figures.delay_p99_ns = number(delay->as_object(), "p99");
  figures.cpu_seconds = number(object, "own_cpu_seconds");
  figures.seconds = number(object, "seconds");
  if (const json::value* bottleneck = object.if_contains("is_bottleneck")) {
    figures.is_bottleneck = bottleneck->is_bool() && bottleneck->as_bool();
  }
  if (const json::value* reason = object.if_contains("bottleneck_reason")) {
    if (reason->is_string()) figures.bottleneck_reason = std::string(reason->as_string());
  }
  figures.report = report;
  return figures;
}

RunFigures measure_run(const LoadSettings& settings, Network& network, const RunningServer& server,
                       const SoftirqBaseline& baseline) {
  Load load(settings, network);
  load.wait_for("steady: begin", kJoinsMax);
  const Sample before = take_sample(server);
  load.wait_for("steady: end", limit(settings.seconds, kJoinsMax));
  const Sample after = take_sample(server);
  RunFigures figures;
  figures.load = load.finish();
  if (figures.load.received_per_second <= 0) throw std::runtime_error("nothing was forwarded");

  const double seconds = static_cast<double>(after.at - before.at) / 1e9;
  const double packets = figures.load.received_per_second * seconds;
  const auto per_packet = [&](Duration time, double baseline_ns_per_s) {
    return std::max(0.0, static_cast<double>(time) - baseline_ns_per_s * seconds) / packets;
  };
  const Duration softirq_threads = difference(before.softirq_threads, after.softirq_threads);
  figures.cpu_ns_per_packet = per_packet(difference(before.server, after.server), 0);
  figures.machine_softirq_ns_per_packet =
      per_packet(after.softirq - before.softirq, baseline.machine_ns_per_s);
  figures.softirq_ns_per_packet = baseline.is_counted_apart
                                      ? figures.machine_softirq_ns_per_packet
                                      : per_packet(softirq_threads, baseline.threads_ns_per_s);
  figures.load_cpu_ns_per_packet =
      1e9 * figures.load.cpu_seconds / (figures.load.received_per_second * figures.load.seconds);
  if (after.busy != 0) {
    figures.busy_ns_per_packet = per_packet(after.busy - before.busy, 0);
    figures.busy_share = static_cast<double>(after.busy - before.busy) / 1e9 / seconds;
  }
  return figures;
}

}  // namespace penstock::compare
