// Publishers, streams and subscriptions in the data plane itself, made and destroyed by the real
// registry while packets flow through two real workers: what churn costs them, how soon memory is
// back, and that all of it comes back.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include "bench/inprocess/members.h"
#include "tests/churn/deadline.h"
#include "tests/churn/progress.h"
#include "tests/churn/scenarios.h"
#include "tests/churn/throughput.h"

namespace penstock::churn {
namespace {

using bench::InProcessDataplane;

constexpr std::uint64_t kObjectCycles = 10'000'000;
constexpr std::uint64_t kDeadlineSamples = 100'000;
// Below this, a run is too short to judge times.
constexpr std::uint64_t kJudgedCycles = 1'000'000;
constexpr bench::PopulationConfig kPopulation{.publishers = 4, .receivers = 16};
constexpr std::size_t kMembers = 64;
// As many as the receivers can receive, each of whom has the publishers too.
constexpr std::size_t kMembersMax =
    kPopulation.receivers * (kSubscriptionsPerTransport - kPopulation.publishers);
// Full when that many are there.
constexpr PoolSizes kPools{
    .transports = kPopulation.publishers + kPopulation.receivers + kMembersMax,
    .streams = kPopulation.publishers + kMembersMax,
    .subscriptions = kPopulation.publishers * kPopulation.receivers + 2 * kMembersMax};
// More than the ring of a worker and the registry's list behind it take before creates are refused.
constexpr std::size_t kCommandsWaitingMax = 6'000;
// While objects are made as fast as it goes, packets flow without taking the cores.
constexpr std::uint64_t kLightTraffic = 5'000;
constexpr Duration kBaselineLimit = 10 * kSecond;

struct Baseline {
  PoolReports pools;
  std::size_t packets_in_use = 0;
  bool operator==(const Baseline&) const = default;
};

Baseline baseline_of(InProcessDataplane& dataplane) {
  Baseline baseline;
  dataplane.registry().report_pools(baseline.pools);
  baseline.packets_in_use = dataplane.packets_in_use();
  return baseline;
}

class ObjectsRun {
 public:
  explicit ObjectsRun(const Options& options)
      : options_(options),
        cycles_(options.cycles.value_or(options.only_deadline ? kDeadlineSamples : kObjectCycles)),
        report_(options.only_deadline ? "objects --deadline" : "objects", cycles_) {}

  Report run();

 private:
  void run_loaded(bench::Members& members);
  void touch_everything(bench::Members& members, const bench::Population& population);
  void run_unpaced(bench::Members& members, const bench::Population& population);
  void report_baseline(const Baseline& baseline);

  const Options options_;
  const std::uint64_t cycles_;
  Report report_;
  std::unique_ptr<InProcessDataplane> dataplane_;
};

Report ObjectsRun::run() {
  auto started = InProcessDataplane::start({.workers = 2, .pools = kPools});
  if (!started) throw std::runtime_error(started.error());
  dataplane_ = std::move(*started);
  dataplane_->settle();
  const Baseline baseline = baseline_of(*dataplane_);
  {
    const bench::Population population(*dataplane_, kPopulation);
    bench::Members members(*dataplane_, population);
    while (members.size() < kMembers && members.join()) {
    }
    dataplane_->settle();
    report_.add("each cycle", "a transport, a stream and two subscriptions made and destroyed");
    report_.add("load", "2 workers, " + std::to_string(kPopulation.publishers) + " publishers x " +
                            std::to_string(kPopulation.receivers) + " receivers");
    run_loaded(members);
    if (!options_.only_deadline) run_unpaced(members, population);
    dataplane_->set_traffic(bench::kNoTraffic);
    dataplane_->settle();
  }
  report_baseline(baseline);
  dataplane_->stop();
  return std::move(report_);
}

// With both workers as busy as they can be.
void ObjectsRun::run_loaded(bench::Members& members) {
  const bool is_long = cycles_ >= kJudgedCycles;
  dataplane_->set_traffic(bench::kSaturated);
  if (!options_.only_deadline) {
    const ThroughputOptions throughput{.rounds = is_long ? 9U : 5U,
                                       .phase = is_long ? kSecond : 200 * kMillisecond,
                                       .rate = options_.rate};
    Progress progress(std::cerr, is_terminal(), "throughput", throughput.rounds);
    std::uint64_t rounds = 0;
    progress.update(0, InProcessDataplane::now());
    report_throughput(
        report_,
        measure_throughput(*dataplane_, members, throughput,
                           [&] { progress.update(++rounds, InProcessDataplane::now()); }),
        is_long);
    progress.finish(InProcessDataplane::now());
  }
  const std::uint64_t samples =
      options_.only_deadline ? cycles_ : std::clamp<std::uint64_t>(cycles_ / 1'000, 200, 10'000);
  Progress progress(std::cerr, is_terminal(), "deadline", samples);
  report_deadline(report_,
                  measure_deadline(*dataplane_, members, samples,
                                   [&](std::uint64_t done) {
                                     progress.update(done, InProcessDataplane::now());
                                   }),
                  is_long || options_.only_deadline);
  progress.finish(InProcessDataplane::now());
  std::uint64_t preemptions = 0;
  for (WorkerIndex i = 0; i < dataplane_->worker_count(); ++i) {
    preemptions += dataplane_->preemptions(i);
  }
  report_.add("preemptions of the workers", with_commas(preemptions));
  report_.values()["worker_preemptions"] = preemptions;
  report_.add_reclaim(dataplane_->registry().retired().waits());
}

// Takes everything to the depth that it can have: memory that is reserved becomes resident when it
// is first used, and how deep that is later depends on how busy the machine is. So the workers take
// neither commands nor part in grace periods until the pools and the lists of waiting commands are
// full, and then all is retired at once.
void ObjectsRun::touch_everything(bench::Members& members, const bench::Population& population) {
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);  // the heap is not given back only to be asked for again
  const std::size_t standing = members.size();
  dataplane_->pause();
  while (members.join()) {
  }
  while (members.size() > standing) members.leave();
  for (std::size_t i = 0; i < kCommandsWaitingMax; ++i) {
    for (WorkerIndex worker = 0; worker < dataplane_->worker_count(); ++worker) {
      // Of an address that nobody has: a command without effect.
      dataplane_->registry().remove_flow(population.receivers()[worker], {});
    }
  }
  dataplane_->resume();
  while (dataplane_->registry().pool_counts().retired_count > 0) dataplane_->run_for(kMillisecond);
  dataplane_->settle();
}

// As many cycles as are left, as fast as the registry makes them.
void ObjectsRun::run_unpaced(bench::Members& members, const bench::Population& population) {
  dataplane_->set_traffic(kLightTraffic);
  touch_everything(members, population);
  const std::uint64_t before = members.joined();
  const std::uint64_t count = std::max(cycles_ > before ? cycles_ - before : 0, cycles_ / 10);
  ResidentMemory memory(count);
  Progress progress(std::cerr, is_terminal(), "objects", count);
  const Timestamp start = InProcessDataplane::now();
  for (std::uint64_t done = 0; done <= count; done = members.joined() - before) {
    if (memory.is_due(done)) memory.add(done, resident_bytes(::getpid()));
    progress.update(done, InProcessDataplane::now());
    if (done == count) break;
    std::size_t made = 0;
    for (; made < 64 && members.joined() - before < count && members.join(); ++made) {
      members.leave();
    }
    // Full for the moment: only the workers can end grace periods, and they need the core for it.
    dataplane_->poll();
    if (made == 0) dataplane_->run_for(0);
  }
  progress.finish(InProcessDataplane::now());
  const double seconds =
      static_cast<double>(InProcessDataplane::now() - start) / static_cast<double>(kSecond);
  const double rate = static_cast<double>(count) / seconds;
  report_.add("unpaced", with_commas(count) + " cycles in " + number_text(seconds, 1) + " s, " +
                             with_commas(static_cast<std::uint64_t>(rate)) + " a second");
  report_.add("creates refused for the moment", with_commas(members.refused()));
  report_.values()["unpaced_cycles"] = count;
  report_.values()["unpaced_cycles_per_second"] = rate;
  report_.values()["creates_refused"] = members.refused();
  report_.add_growth(memory.growth());
}

void ObjectsRun::report_baseline(const Baseline& baseline) {
  const Timestamp start = InProcessDataplane::now();
  Baseline now = baseline_of(*dataplane_);
  while (now != baseline && InProcessDataplane::now() - start < kBaselineLimit) {
    dataplane_->run_for(kMillisecond);
    now = baseline_of(*dataplane_);
  }
  const auto took = static_cast<std::uint64_t>(InProcessDataplane::now() - start);
  std::string detail =
      std::to_string(now.pools.size()) + " pools and the packets, after " + duration_text(took);
  for (const PoolReport& pool : now.pools) {
    if (pool.counts.free == pool.counts.capacity) continue;
    detail += "; " + std::string(pool.name) + ": " + std::to_string(pool.counts.live) + " live, " +
              std::to_string(pool.counts.retired) + " retired";
  }
  if (now.packets_in_use != baseline.packets_in_use) {
    detail += "; packets in use: " + std::to_string(baseline.packets_in_use) + " before, " +
              std::to_string(now.packets_in_use) + " after";
  }
  report_.values()["baseline_exact"] = now == baseline;
  report_.promise("exactly at baseline", now == baseline, detail);
}

}  // namespace

Report run_objects(const Options& options) { return ObjectsRun(options).run(); }

}  // namespace penstock::churn
