// Publishers of WHIP and players of WHEP, one after the other: each pair connects, media flows from
// the one to the other, and both leave, now the one first and now the other.
#include <iostream>
#include <stdexcept>

#include "tests/churn/joiner.h"
#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/http_exchange.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/participant.h"
#include "tests/integration/harness/socket_client.h"

namespace penstock::churn {
namespace {

namespace http = integration::http;
using integration::SocketClient;

constexpr std::uint64_t kWhipCycles = 2'000;
constexpr std::uint64_t kWhipWarmUp = 300;
constexpr Duration kWhipPatience = 20 * kSecond;
// Small pools, and as in joins.cc a small history: each slot becomes resident when it is first
// used, and all have been before the warm-up ends.
constexpr const char* kWhipConfig =
    "[limits]\nparticipants = 16\npublishers = 16\nsubscriptions = 32\n"
    "history_packets_per_publisher = 8\n";

class WhipRun {
 public:
  WhipRun() : certificate_(joiners_certificate()) {}

  void run_cycle();
  Timestamp now() const { return loop_.now(); }

 private:
  std::unique_ptr<SocketClient> make_client();
  // Makes a session at this endpoint; what it is answered, and where it is.
  std::pair<std::string, std::string> begin(const std::string& endpoint, const std::string& offer);
  void end(const std::string& session);
  template <typename Condition>
  void wait_for(const char* what, Condition&& is_there) {
    if (!loop_.run_until(is_there, kWhipPatience)) throw std::runtime_error(what);
  }

  integration::EventLoop loop_;
  const Certificate certificate_;
  std::uint64_t clients_ = 0;
};

std::unique_ptr<SocketClient> WhipRun::make_client() {
  test::ClientConfig config;
  config.seed = ++clients_;
  config.local = {integration::ParticipantOptions{}.address, 0};
  return std::make_unique<SocketClient>(loop_, config, certificate_);
}

std::pair<std::string, std::string> WhipRun::begin(const std::string& endpoint,
                                                   const std::string& offer) {
  const auto response = integration::exchange_http(
      http::verb::post, endpoint, offer, {{http::field::content_type, "application/sdp"}});
  if (response.result_int() != 201)
    throw std::runtime_error(endpoint + " answers " + std::to_string(response.result_int()) + ": " +
                             response.body());
  return {response.body(), std::string(response[http::field::location])};
}

void WhipRun::end(const std::string& session) {
  const auto response = integration::exchange_http(http::verb::delete_, session, "");
  if (response.result_int() != 200)
    throw std::runtime_error("DELETE answers " + std::to_string(response.result_int()));
}

void WhipRun::run_cycle() {
  const auto publisher = make_client();
  const auto [published, publishing] =
      begin("/whip/1234", publisher->webrtc().make_publish_offer({test::audio(1), test::video(1)}));
  publisher->webrtc().accept_publish_answer(published, loop_.now());
  wait_for("a publisher does not connect", [&] { return publisher->webrtc().is_connected(); });
  publisher->webrtc().start_media(loop_.now());

  const auto player = make_client();
  const std::vector<test::PlayedLine> lines{{.kind = MediaKind::kAudio, .mid = "0"},
                                            {.kind = MediaKind::kVideo, .mid = "1"}};
  const auto [played, playing] = begin("/whep/1234", player->webrtc().make_play_offer(lines));
  player->webrtc().accept_play_answer(played, loop_.now());
  wait_for("a player gets nothing", [&] { return !player->webrtc().received().empty(); });
  const bool player_is_first = clients_ % 4 == 0;
  end(player_is_first ? playing : publishing);
  end(player_is_first ? publishing : playing);
}

}  // namespace

Report run_whip(const Options& options) {
  const std::uint64_t cycles = options.cycles.value_or(kWhipCycles);
  integration::enter_network_namespace();
  ObservedServer server(kWhipConfig);
  server.take_baseline();
  WhipRun run;
  Progress progress(std::cerr, is_terminal(), "whip", kWhipWarmUp + cycles);
  for (std::uint64_t i = 0; i < kWhipWarmUp; ++i) {
    run.run_cycle();
    progress.update(i + 1, run.now());
  }
  HeapAtRest heap;
  heap.before = server.heap_bytes_at_rest();
  ResidentMemory memory(cycles);
  const Timestamp start = run.now();
  for (std::uint64_t i = 1; i <= cycles; ++i) {
    run.run_cycle();
    progress.update(kWhipWarmUp + i, run.now());
    if (memory.is_due(i)) memory.add(i, resident_bytes(server.pid()));
  }
  const double seconds = static_cast<double>(run.now() - start) / static_cast<double>(kSecond);
  heap.after = server.heap_bytes_at_rest();
  progress.finish(run.now());

  Report report("whip", cycles);
  report.add("each cycle", "WHIP and WHEP: POST, ICE, DTLS, media, DELETE");
  report.add("time", number_text(seconds, 1) + " s");
  report.values()["seconds"] = seconds;
  report.add_growth(memory.growth());
  report.add_heap(heap);
  server.report_baseline(report);
  server.stop(report);
  return report;
}

}  // namespace penstock::churn
