// A client of the Janus core with one session on one connection, for benchmarks of the control
// thread: asks, and notes the longest turn that the core has taken.
#pragma once

#include <time.h>

#include <algorithm>
#include <string>

#include "controlplane/janus/core.h"

namespace penstock::bench {

inline constexpr Timestamp kNow = kSecond;

// What the core sends is counted; the last of it is kept.
class LastSaid final : public SignallingSender {
 public:
  void send(ChannelId, std::string text) override {
    ++messages;
    last = std::move(text);
  }
  void close(ChannelId, ChannelCloseReason) override {}
  void reply(ExchangeId, HttpApiResponse) override {}

  std::string last;
  std::size_t messages = 0;
};

class JanusClient {
 public:
  // The core, its sender and its media outlive the client.
  JanusClient(Media& media, SecureRandom& random) : core_(config(), sender_, media, random) {
    core_.on_open(kChannel, {}, kNow);
    session_ = id_in(ask(R"({"janus":"create","transaction":"t"})"));
  }

  std::string attach() {
    return id_in(ask(R"({"janus":"attach","plugin":"janus.plugin.videoroom","transaction":"t",)" +
                     session() + "}"));
  }
  void detach(const std::string& handle) {
    ask(R"({"janus":"detach","transaction":"t",)" + session() + R"(,"handle_id":)" + handle + "}");
  }
  // Asks the plugin. What was said last on the connection, which is the answer if all was said.
  const std::string& message(const std::string& handle, const std::string& body,
                             const std::string& jsep = "") {
    return ask(R"({"janus":"message","transaction":"t",)" + session() + R"(,"handle_id":)" +
               handle + R"(,"body":)" + body + (jsep.empty() ? "" : R"(,"jsep":)" + jsep) + "}");
  }
  // Until nothing is due any more.
  void run_turns() {
    while (core_.next_timeout() <= kNow) timed([&] { core_.handle_timeout(kNow); });
  }

  janus::Core& core() { return core_; }
  std::size_t messages() const { return sender_.messages; }
  std::size_t last_bytes() const { return sender_.last.size(); }
  void forget_turns() { longest_ = 0; }
  double longest_us() const { return static_cast<double>(longest_) / kMicrosecond; }

 private:
  static constexpr ChannelId kChannel{1};

  static janus::JanusConfig config() {
    janus::JanusConfig config;
    config.limits.participants = 4'096;
    config.limits.handles = 8'192;
    config.limits.subscribers = 4'096;
    config.limits.handles_per_session_max = 8'192;
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

  LastSaid sender_;
  janus::Core core_;
  std::string session_;
  Duration longest_ = 0;
};

}  // namespace penstock::bench
