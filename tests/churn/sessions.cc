// One client that makes sessions of the Janus API as fast as it goes, drops its connections and
// comes back, while others join: what it costs them, and whether memory grows. The rates of one
// address, which would keep it out long before, are switched off.
#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/janus_session.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/participant.h"
#include "tests/integration/harness/session_flood.h"

namespace penstock::churn {
namespace {

using integration::JanusSession;

constexpr std::uint64_t kSessions = 1'000'000;
// Below this, a run is too short to judge times.
constexpr std::uint64_t kJudgedSessions = 100'000;
constexpr Duration kJoinPatience = 250 * kMillisecond;
constexpr const char* kSessionsConfig =
    "[signalling]\naddress = \"0.0.0.0\"\n"
    "requests_per_address_per_s = 1000000\nrequests_per_address_burst = 1000000\n";

// From no connection at all.
Duration time_of_join(integration::EventLoop& loop) {
  const Timestamp began = loop.now();
  JanusSession person(loop, integration::JanusTransport::kWebSocket);
  const auto joined = person.message(
      person.attach(), {{"request", "join"}, {"ptype", "publisher"}, {"room", integration::kRoom}});
  if (integration::text_at(joined, "/plugindata/data/videoroom") != "joined")
    throw std::runtime_error("a join is refused: " + json::serialize(joined));
  return loop.now() - began;
}

}  // namespace

Report run_sessions(const Options& options) {
  const std::uint64_t cycles = options.cycles.value_or(kSessions);
  integration::enter_network_namespace();
  ObservedServer server(kSessionsConfig);
  server.take_baseline();
  integration::EventLoop loop;
  integration::SessionFlood flood;
  ResidentMemory memory(cycles);
  std::vector<Duration> joins;
  Progress progress(std::cerr, is_terminal(), "sessions", cycles);
  const Timestamp start = loop.now();
  std::uint64_t asked = 0;
  while (asked < cycles) {
    flood.begin_round();
    joins.push_back(time_of_join(loop));
    flood.end_round();
    asked = flood.made() + flood.refused();
    progress.update(std::min(asked, cycles), loop.now());
    if (memory.is_due(asked)) memory.add(asked, resident_bytes(server.pid()));
  }
  progress.finish(loop.now());
  const double seconds = static_cast<double>(loop.now() - start) / static_cast<double>(kSecond);
  std::ranges::sort(joins);
  const Duration p99 = joins[joins.size() * 99 / 100];

  Report report("sessions", cycles);
  report.add("sessions", with_commas(flood.made()) + " made, " + with_commas(flood.refused()) +
                             " refused, " + number_text(seconds, 1) + " s");
  report.add("joins meanwhile", with_commas(joins.size()) + ", each beside " +
                                    with_commas(flood.sessions_per_round()) + " requests");
  report.values()["made"] = flood.made();
  report.values()["refused"] = flood.refused();
  report.values()["join_ns_p99"] = p99;
  const std::string what = "a join takes at most 250 ms, p99";
  const std::string detail = duration_text(static_cast<std::uint64_t>(p99)) + ", longest " +
                             duration_text(static_cast<std::uint64_t>(joins.back()));
  if (cycles >= kJudgedSessions) {
    report.promise(what, p99 <= kJoinPatience, detail);
  } else {
    report.only_reported(what, p99 <= kJoinPatience, detail);
  }
  report.add_growth(memory.growth());
  server.report_baseline(report);
  server.stop(report);
  return report;
}

}  // namespace penstock::churn
