// How long single calls hold the control thread: joins and lists of rooms full of people who
// publish nothing, over media that does nothing. `longest_us` is the longest of all turns of the
// core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "bench/micro/janus_client.h"
#include "tests/unit/janus/fake_media.h"

namespace penstock::bench {
namespace {

// A room of people with metadata, each on a handle of one client.
class Crowd {
 public:
  Crowd(std::int64_t people, std::int64_t metadata_bytes, bool notifies)
      : client_(media_, random_) {
    client_.message(attach(), R"({"request":"create","room":1,"notify_joining":)" +
                                  std::string(notifies ? "true}" : "false}"));
    const std::string metadata(static_cast<std::size_t>(metadata_bytes), 'm');
    for (std::int64_t i = 0; i < people; ++i) join(attach(), metadata);
    client_.run_turns();
    client_.forget_turns();
  }

  std::string attach() { return client_.attach(); }
  void detach(const std::string& handle) {
    client_.detach(handle);
    client_.run_turns();
  }
  void join(const std::string& handle, const std::string& metadata = "m") {
    client_.message(handle,
                    R"({"request":"join","ptype":"publisher","room":1,"metadata":{"about":")" +
                        metadata + R"("}})");
    client_.run_turns();
  }
  // The bytes of the answer.
  std::size_t list(const std::string& handle) {
    client_.message(handle, R"({"request":"listparticipants","room":1})");
    client_.run_turns();
    return client_.last_bytes();
  }
  void forget_turns() { client_.forget_turns(); }
  double longest_us() const { return client_.longest_us(); }

 private:
  FakeMedia media_;
  SeededRandom random_{1};
  JanusClient client_;
};

void join_crowd(benchmark::State& state) {
  Crowd crowd(state.range(0), state.range(1), state.range(2) != 0);
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const std::string handle = crowd.attach();
    crowd.forget_turns();
    state.ResumeTiming();
    crowd.join(handle);
    state.PauseTiming();
    state.counters["longest_us"] = std::max(state.counters["longest_us"].value, crowd.longest_us());
    crowd.detach(handle);
    state.ResumeTiming();
  }
}
BENCHMARK(join_crowd)
    ->ArgNames({"people", "metadata", "notifies"})
    ->Args({300, 8'000, 0})
    ->Args({300, 8'000, 1})
    ->Args({2'000, 8'000, 0});

void list_crowd(benchmark::State& state) {
  Crowd crowd(state.range(0), state.range(1), false);
  const std::string handle = crowd.attach();
  crowd.forget_turns();
  for ([[maybe_unused]] auto _ : state) {
    if (crowd.list(handle) < static_cast<std::size_t>(state.range(0) * state.range(1))) {
      state.SkipWithError("not everybody is listed");
    }
  }
  state.counters["longest_us"] = crowd.longest_us();
}
BENCHMARK(list_crowd)
    ->ArgNames({"people", "metadata"})
    ->Args({250, 8'000})
    ->Args({2'000, 8'000})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace penstock::bench
