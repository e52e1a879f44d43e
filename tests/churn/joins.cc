// Participants who join, publish, subscribe and leave, over the wire: signalling, ICE, DTLS and
// SRTP against the real program, through its TAP device.
#include <functional>
#include <iostream>
#include <vector>

#include "bench/compare/proc_files.h"
#include "tests/churn/joiner.h"
#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::churn {
namespace {

constexpr std::uint64_t kJoinCycles = 10'000;
constexpr std::uint32_t kJoiners = 8;
// Joins before the measured ones, twice as many at a time: a slot of a pool becomes resident when
// it is first used, and how many are used depends on how busy the machine is.
constexpr std::uint64_t kWarmUp = 300;
constexpr std::uint32_t kWarmUpJoiners = 2 * kJoiners;
// A small history: what it takes becomes resident as media flows, and is all in use long before the
// warm-up ends.
constexpr const char* kJoinConfig =
    "[workers]\ncount = 2\nroom_peers_max = 4\n"
    "[limits]\npublishers = 64\nhistory_packets_per_publisher = 8\n"
    "[[rooms]]\nroom = 1234\npublishers = 64\n";

// On a CPU so far, the kernel's part in it. It is the thread that the program began with.
Duration control_thread_time(ObservedServer& server) {
  return compare::thread_times(server.pid())[server.pid()];
}

class JoinsRun {
 public:
  explicit JoinsRun(std::uint64_t cycles)
      : cycles_(cycles), certificate_(joiners_certificate()), memory_(cycles) {}

  Report run();

 private:
  void warm_up_and_measure(ObservedServer& server);
  // So many cycles by so many joiners at a time, who have all left then. Tells how many it were so
  // far.
  void churn(std::uint64_t cycles, std::uint32_t joiners_max,
             const std::function<void(std::uint64_t)>& tell);

  const std::uint64_t cycles_;
  const Certificate certificate_;
  integration::EventLoop loop_;
  ResidentMemory memory_;
  HeapAtRest heap_;
  std::uint64_t packets_ = 0;
  double seconds_ = 0;
  Duration control_thread_time_ = 0;  // of the measured cycles
};

void JoinsRun::churn(std::uint64_t cycles, std::uint32_t joiners_max,
                     const std::function<void(std::uint64_t)>& tell) {
  std::vector<std::unique_ptr<Joiner>> joiners;
  for (std::uint32_t i = 0; i < joiners_max; ++i) {
    joiners.push_back(std::make_unique<Joiner>(loop_, certificate_, i));
  }
  for (std::uint64_t left = 0; left < cycles;) {
    for (const auto& joiner : joiners) {
      if (joiner->advance()) ++left;
      loop_.run_for(0);
    }
    loop_.run_for(kMillisecond);
    tell(left);
  }
  for (const auto& joiner : joiners) {
    joiner->end();
    packets_ += joiner->packets_received();
  }
}

void JoinsRun::warm_up_and_measure(ObservedServer& server) {
  Progress progress(std::cerr, is_terminal(), "joins", kWarmUp + cycles_);
  const Timestamp start = loop_.now();
  churn(kWarmUp, kWarmUpJoiners, [&](std::uint64_t left) { progress.update(left, loop_.now()); });
  heap_.before = server.heap_bytes_at_rest();
  const Duration time_before = control_thread_time(server);
  churn(cycles_, kJoiners, [&](std::uint64_t left) {
    progress.update(kWarmUp + left, loop_.now());
    if (memory_.is_due(left)) memory_.add(left, resident_bytes(server.pid()));
  });
  control_thread_time_ = control_thread_time(server) - time_before;
  heap_.after = server.heap_bytes_at_rest();
  progress.finish(loop_.now());
  seconds_ = static_cast<double>(loop_.now() - start) / static_cast<double>(kSecond);
}

Report JoinsRun::run() {
  integration::enter_network_namespace();
  ObservedServer server(kJoinConfig);
  server.take_baseline();
  warm_up_and_measure(server);

  Report report("joins", cycles_);
  report.add("each cycle", "join, publish, subscribe (ICE and DTLS twice), media, leave");
  report.add("warm-up", std::to_string(kWarmUp) + " cycles before, " +
                            std::to_string(kWarmUpJoiners) + " at a time");
  report.add("time", number_text(seconds_, 1) + " s, " +
                         number_text(static_cast<double>(kWarmUp + cycles_) / seconds_, 1) +
                         " joins a second, " + std::to_string(kJoiners) + " at a time");
  const double ms_per_cycle =
      static_cast<double>(control_thread_time_) / static_cast<double>(cycles_ * kMillisecond);
  report.add("control thread", number_text(ms_per_cycle, 2) + " ms of CPU time a join and leave");
  report.values()["control_thread_ms_per_join"] = ms_per_cycle;
  report.add("media packets received", with_commas(packets_));
  report.values()["seconds"] = seconds_;
  report.values()["media_packets_received"] = packets_;
  report.add_growth(memory_.growth());
  report.add_heap(heap_);
  server.report_baseline(report);
  server.stop(report);
  return report;
}

}  // namespace

Report run_joins(const Options& options) {
  return JoinsRun(options.cycles.value_or(kJoinCycles)).run();
}

}  // namespace penstock::churn
