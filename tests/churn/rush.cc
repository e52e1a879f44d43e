// Many who join at a rate, beside media that keeps a worker half busy, or as is said: what a join
// costs whom, and whether those who were there before notice. Periods with joins alternate with
// quiet ones, so that what else the machine does meets both.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "bench/compare/proc_files.h"
#include "tests/churn/media_load.h"
#include "tests/churn/rush_crowd.h"
#include "tests/churn/rush_report.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/janus_connection.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/server.h"

namespace penstock::churn {
namespace {

using integration::monotonic_now;

constexpr std::uint64_t kJoins = 1'000;
constexpr Duration kPeriod = 2 * kSecond;
constexpr std::uint64_t kJoinsPerPeriod = kRushPerSecond * kPeriod / kSecond;
constexpr const char* kBusyMetric = "penstock_loop_busy_seconds_total";
constexpr const char* kWorkerName = "worker";  // a part of it
constexpr int kWorkerPriority = -20;
constexpr std::uint64_t kSubscribersFirst = 128;
constexpr int kAttempts = 3;

std::string config_text() {
  std::string text = "[workers]\ncount = 1\n[admin]\naddress = \"127.0.0.1\"\nport = " +
                     std::to_string(kAdminPort) + "\n[log]\nlevel = \"warning\"\n";
  for (std::size_t line = 0; line < kRushLines; ++line) {
    text += "[[rooms]]\nroom = " + std::to_string(rush_room(line)) + "\npublishers = 4\n";
  }
  return text;
}

class Rush {
 public:
  // Media keeps the worker busy for `load_percent` of the time.
  Rush(std::uint64_t joins, std::uint64_t load_percent)
      : periods_(std::max<std::uint64_t>(1, joins / kJoinsPerPeriod)),
        share_wanted_(static_cast<double>(load_percent) / 100),
        server_({.config = config_text()}) {}

  Report run();

 private:
  // Before everybody else, as far as that goes: in earnest it has a CPU of its own.
  void put_worker_first();
  // So many subscribers of media keep the worker as busy as is wanted.
  std::uint64_t find_subscribers();
  RushClocks clocks();
  // What the clocks have gone on by while `what` ran.
  template <typename What>
  RushPeriod period(bool has_joins, What&& what);

  const std::uint64_t periods_;
  const double share_wanted_;
  integration::Server server_;
};

void Rush::put_worker_first() {
  for (const pid_t worker : compare::threads_named(server_.process().pid(), kWorkerName)) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(worker), kWorkerPriority);
  }
}

std::uint64_t Rush::find_subscribers() {
  std::uint64_t subscribers = kSubscribersFirst;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MediaLoad load(subscribers, 1.5);
    load.wait_until_steady();
    const RushClocks began = clocks();
    ::usleep(1'200'000);
    const double share = busy_share(began, clocks());
    static_cast<void>(load.finish());
    std::cerr << "rush: " << subscribers << " subscribers keep the worker busy for "
              << number_text(100 * share, 0) << " % of the time\n";
    // Not more than twice as many: the more there are the less each costs, so few say little.
    const double wanted = static_cast<double>(subscribers) * share_wanted_ / std::max(share, 0.01);
    subscribers = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, 2 * subscribers);
  }
  return subscribers;
}

RushClocks Rush::clocks() {
  const auto metrics = integration::http_request("GET", "/metrics", "", kAdminPort);
  RushClocks clocks{.at = monotonic_now()};
  const double busy_seconds = compare::parse_metric(metrics.body, kBusyMetric);
  clocks.worker_busy = static_cast<Duration>(busy_seconds * 1e9);
  const pid_t pid = server_.process().pid();
  // The control thread is the one that the program began with.
  clocks.control = compare::thread_times(pid)[pid];
  for (const auto& [name, times] : compare::times_by_thread_name(pid)) {
    if (name == "handshake") clocks.dtls = times.on_cpu;
    if (name.find(kWorkerName) != std::string::npos) clocks.worker_waiting += times.waiting;
  }
  return clocks;
}

template <typename What>
RushPeriod Rush::period(bool has_joins, What&& what) {
  RushPeriod period{.has_joins = has_joins, .began = clocks()};
  what();
  period.ended = clocks();
  return period;
}

Report Rush::run() {
  server_.wait_until_ready();
  MediaLoad::add_addresses("penstock0");
  put_worker_first();
  const std::uint64_t subscribers = find_subscribers();
  const double seconds = 2.5 * static_cast<double>(periods_) * kPeriod / kSecond + 1;
  RushOutcome outcome{.subscribers = subscribers};
  MediaLoad load(subscribers, seconds);
  RushCrowd crowd;
  load.wait_until_steady();
  for (std::uint64_t i = 0; i < periods_; ++i) {
    outcome.periods.push_back(period(false, [&] { crowd.go_on_for(kPeriod); }));
    outcome.periods.push_back(
        period(true, [&] { outcome.joins += crowd.let_in_for(kPeriod, kRushPerSecond); }));
    std::cerr << "rush: " << outcome.joins << " have joined\n";
  }
  crowd.end();
  outcome.media = load.finish();
  return rush_report(outcome);
}

}  // namespace

Report run_rush(const Options& options) {
  integration::enter_network_namespace();
  return Rush(options.cycles.value_or(kJoins), options.load_percent).run();
}

}  // namespace penstock::churn
