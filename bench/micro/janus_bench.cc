// How long single calls hold the control thread: joins and lists of rooms full of people who
// publish nothing, over media that does nothing. `longest_us` is the longest of all turns of the
// core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "controlplane/janus/core.h"
#include "tests/unit/janus/fake_media.h"

namespace penstock::bench {
namespace {

constexpr ChannelId kChannel{1};
constexpr Timestamp kNow = kSecond;

class LastSaid final : public SignallingSender {
 public:
  void send(ChannelId, std::string text) override {
    bytes = text.size();
    last = std::move(text);
  }
  void close(ChannelId, ChannelCloseReason) override {}
  void reply(ExchangeId, HttpApiResponse) override {}

  std::string last;
  std::size_t bytes = 0;
};

// A room of people with metadata, each on a handle of one client.
class Crowd {
 public:
  Crowd(std::int64_t people, std::int64_t metadata_bytes, bool notifies)
      : core_(config(), sender_, media_, random_) {
    core_.on_open(kChannel, {}, kNow);
    session_ = id_in(ask(R"({"janus":"create","transaction":"t"})"));
    const std::string handle = attach();
    ask(message(handle, R"({"request":"create","room":1,"notify_joining":)" +
                            std::string(notifies ? "true}" : "false}")));
    const std::string metadata(static_cast<std::size_t>(metadata_bytes), 'm');
    for (std::int64_t i = 0; i < people; ++i) join(attach(), metadata);
    longest_ = 0;
  }

  std::string attach() {
    return id_in(ask(R"({"janus":"attach","plugin":"janus.plugin.videoroom","transaction":"t",)" +
                     session() + "}"));
  }
  void detach(const std::string& handle) {
    ask(R"({"janus":"detach","transaction":"t",)" + session() + R"(,"handle_id":)" + handle + "}");
  }
  void join(const std::string& handle, const std::string& metadata = "m") {
    ask(message(handle, R"({"request":"join","ptype":"publisher","room":1,"metadata":{"about":")" +
                            metadata + R"("}})"));
  }
  // The bytes of the answer.
  std::size_t list(const std::string& handle) {
    ask(message(handle, R"({"request":"listparticipants","room":1})"));
    while (core_.counts().waiting_handles > 0) {
      timed([&] { core_.handle_timeout(kNow); });
    }
    return sender_.bytes;
  }
  void forget_turns() { longest_ = 0; }
  double longest_us() const { return static_cast<double>(longest_) / kMicrosecond; }

 private:
  static janus::JanusConfig config() {
    janus::JanusConfig config;
    config.limits.participants = 4'096;
    config.limits.requests_per_session_per_s = 1'000'000'000;
    config.limits.requests_per_session_burst = 1'000'000'000;
    return config;
  }
  static std::string id_in(const std::string& text) {
    static constexpr std::string_view kKey = R"("data":{"id":)";
    const std::size_t at = text.find(kKey) + kKey.size();
    return text.substr(at, text.find('}', at) - at);
  }
  std::string session() const { return R"("session_id":)" + session_; }
  std::string message(const std::string& handle, const std::string& body) const {
    return R"({"janus":"message","transaction":"t",)" + session() + R"(,"handle_id":)" + handle +
           R"(,"body":)" + body + "}";
  }
  const std::string& ask(const std::string& text) {
    timed([&] { core_.on_message(kChannel, text, kNow); });
    return sender_.last;
  }
  template <typename Turn>
  void timed(Turn&& turn) {
    const Timestamp start = processor_time();
    turn();
    longest_ = std::max(longest_, processor_time() - start);
  }
  static Timestamp processor_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * kSecond + time.tv_nsec;
  }

  FakeMedia media_;
  LastSaid sender_;
  SeededRandom random_{1};
  janus::Core core_;
  std::string session_;
  Duration longest_ = 0;
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
