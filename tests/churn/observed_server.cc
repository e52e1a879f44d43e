#include "tests/churn/observed_server.h"

#include <signal.h>

#include <iostream>
#include <utility>

#include "tests/churn/progress.h"
#include "tests/churn/resident_memory.h"

namespace penstock::churn {
namespace {

constexpr Duration kBaselineLimit = 10 * kSecond;
constexpr Duration kStopLimit = 20 * kSecond;
constexpr useconds_t kLookIntervalUs = 50'000;
constexpr int kHeapLooksMax = 40;

std::string config_text(const std::string& config) {
  return config + "[admin]\naddress = \"127.0.0.1\"\nport = " + std::to_string(kAdminPort) +
         "\n[log]\nlevel = \"warning\"\n";
}

}  // namespace

ObservedServer::ObservedServer(const std::string& config)
    : server_({.config = config_text(config), .environment = {kSteadyHeap}}) {
  server_.wait_until_ready();
}

void ObservedServer::take_baseline() {
  // A worker may hold a packet for a moment (announcements): the same three times is the baseline.
  int equal = 0;
  for (baseline_ = fetch_lifetimes(); equal < 3;) {
    ::usleep(kLookIntervalUs);
    const Lifetimes now = fetch_lifetimes();
    equal = differences(baseline_, now).empty() ? equal + 1 : 0;
    baseline_ = now;
  }
}

std::uint64_t ObservedServer::heap_bytes_at_rest() {
  std::uint64_t heap_bytes = wait_for_baseline(baseline_, kBaselineLimit).last.heap_bytes;
  for (int look = 0; look < kHeapLooksMax; ++look) {
    ::usleep(kLookIntervalUs);
    const std::uint64_t before = std::exchange(heap_bytes, fetch_lifetimes().heap_bytes);
    if (HeapAtRest{.before = before, .after = heap_bytes}.is_same()) break;
  }
  return heap_bytes;
}

void ObservedServer::report_baseline(Report& report) {
  const BaselineCheck check = wait_for_baseline(baseline_, kBaselineLimit);
  std::string detail = std::to_string(baseline_.pools.size()) + " pools and the packets, after " +
                       duration_text(static_cast<std::uint64_t>(check.took));
  for (const std::string& difference : check.differences) detail += "; " + difference;
  json::array pools;
  for (const PoolState& pool : check.last.pools) {
    pools.push_back(
        {{"name", pool.name}, {"free", pool.free}, {"live", pool.live}, {"retired", pool.retired}});
  }
  report.values()["baseline_exact"] = check.is_exact();
  report.values()["pools_at_end"] = std::move(pools);
  report.promise("exactly at baseline", check.is_exact(), detail);
  // The list that objects of the data plane wait in is the one with grace periods of workers.
  const RetireState* slowest = nullptr;
  for (const RetireState& list : check.last.retire) {
    report.add("retired in " + list.name,
               with_commas(list.reclaimed) + " objects, p50 " + duration_text(list.p50_ns) +
                   ", p99 " + duration_text(list.p99_ns) + ", max " + duration_text(list.max_ns));
    if (slowest == nullptr || list.max_ns > slowest->max_ns) slowest = &list;
  }
  if (slowest != nullptr) {
    report.values()["reclaim_ns"] = {{"p50", slowest->p50_ns},
                                     {"p99", slowest->p99_ns},
                                     {"max", slowest->max_ns},
                                     {"count", slowest->reclaimed},
                                     {"list", slowest->name}};
  }
  if (check.last.audit_runs != 0)
    report.add("audits by the server", with_commas(check.last.audit_runs));
}

void ObservedServer::stop(Report& report) {
  server_.process().signal(SIGTERM);
  const auto status = server_.process().wait_for(kStopLimit);
  report.promise("the server ends cleanly", status == 0,
                 status ? "status " + std::to_string(*status) : "it does not end");
  if (status != 0) std::cerr << "--- the server's log:\n" << server_.log();
}

}  // namespace penstock::churn
