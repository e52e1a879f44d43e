// What it costs that objects can be freed: pools, handles, retire lists, grace periods, rings.
#include <benchmark/benchmark.h>

#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/ring.h"
#include "dataplane/pool/retire_list.h"

namespace penstock::bench {
namespace {

struct Object {
  std::uint64_t value = 0;
  std::uint8_t rest[248] = {};
};

void resolve_handle(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  ObjectPool<Object> pool("objects", count);
  std::vector<Handle<Object>> handles;
  for (std::size_t i = 0; i < count; ++i) handles.push_back(pool.allocate(Object{.value = i}));
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    const Object* object = pool.resolve(handles[i]);
    if (object == nullptr || object->value != i) state.SkipWithError("not the object");
    i = i + 1 == count ? 0 : i + 1;
  }
}
BENCHMARK(resolve_handle)->Arg(16)->Arg(512);

void allocate_retire_reclaim(benchmark::State& state) {
  ObjectPool<Object> pool("objects", 64);
  RetireList retired(64);
  for ([[maybe_unused]] auto _ : state) {
    retired.retire(pool, pool.allocate(), [] { return RetireList::GraceToken{1}; }, 0);
    retired.reclaim_ready([](RetireList::GraceToken) { return true; }, 0, 1);
  }
  if (pool.counts().free != 64) state.SkipWithError("not at the baseline");
}
BENCHMARK(allocate_retire_reclaim);

void report_quiescent(benchmark::State& state) {
  Qsbr qsbr(2);
  qsbr.register_worker(0);
  qsbr.go_online(0);
  for ([[maybe_unused]] auto _ : state) qsbr.report_quiescent(0);
  if (!qsbr.has_ended(0)) state.SkipWithError("a grace period does not end");
}
BENCHMARK(report_quiescent);

void grace_period(benchmark::State& state) {
  Qsbr qsbr(2);
  qsbr.register_worker(0);
  qsbr.go_online(0);
  for ([[maybe_unused]] auto _ : state) {
    const Qsbr::Token token = qsbr.start();
    qsbr.report_quiescent(0);
    if (!qsbr.has_ended(token)) state.SkipWithError("a grace period does not end");
  }
}
BENCHMARK(grace_period);

void ring_of_pointers(benchmark::State& state) {
  const auto burst = static_cast<std::size_t>(state.range(0));
  SpscRing<std::uint64_t> ring(1'024);
  std::vector<std::uint64_t> values(burst, 7);
  std::vector<std::uint64_t> taken(burst);
  for ([[maybe_unused]] auto _ : state) {
    const std::size_t pushed = ring.push_burst(values);
    if (ring.pop_burst(taken) != pushed) state.SkipWithError("a value is lost");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ring_of_pointers)->Arg(1)->Arg(32);

}  // namespace
}  // namespace penstock::bench
