#include "tests/churn/media_load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/integration/harness/namespace.h"

namespace penstock::churn {
namespace {

namespace json = boost::json;

constexpr Duration kJoinsMax = 60 * kSecond;
constexpr Duration kLeavesMax = 30 * kSecond;
// In a room of its own, subscribers receive audio and video of three others, as in a call of four.
constexpr std::uint64_t kPublishers = 16;
constexpr std::uint64_t kStreamsPerSubscriber = 6;
constexpr const char* kVideoKbps = "1500";
constexpr int kPriority = -15;  // who measures is not to be late
constexpr int kHostFirst = 10;
constexpr int kHostLast = 41;

std::string address(int host) { return "198.18.0." + std::to_string(host); }

}  // namespace

void MediaLoad::add_addresses(const std::string& device) {
  for (int host = kHostFirst; host <= kHostLast; ++host) {
    integration::add_address(device, address(host) + "/24");
  }
}

MediaLoad::MediaLoad(std::uint64_t subscribers, double seconds) {
  process_.emplace(
      integration::ChildOptions{.arguments = {PENSTOCK_LOAD_PROGRAM,
                                              "--server",
                                              "ws://127.0.0.1:8188/",
                                              "--bind",
                                              address(kHostFirst) + "-" + address(kHostLast),
                                              "--publishers",
                                              std::to_string(kPublishers),
                                              "--subscribers",
                                              std::to_string(subscribers),
                                              "--streams-per-subscriber",
                                              std::to_string(kStreamsPerSubscriber),
                                              "--audio",
                                              "--video",
                                              kVideoKbps,
                                              "--ramp",
                                              "200",
                                              "--seconds",
                                              std::to_string(seconds),
                                              "--window",
                                              std::to_string(kMediaWindowSeconds),
                                              "--decrypt-share",
                                              "0.05",
                                              "--json",
                                              json_path().string(),
                                              "--quiet"},
                                .output = output_path()});
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(process_->pid()), kPriority);
}

void MediaLoad::wait_until_steady() {
  const Timestamp deadline = integration::monotonic_now() + kJoinsMax;
  while (test::read_file(output_path()).find("steady: begin") == std::string::npos) {
    if (!process_->is_running() || integration::monotonic_now() > deadline) {
      throw std::runtime_error("penstock-load does not get to its steady state: " +
                               test::read_file(output_path()));
    }
    ::usleep(2'000);
  }
}

MediaOutcome MediaLoad::finish() {
  const auto status = process_->wait_for(kLeavesMax);
  if (!status) throw std::runtime_error("penstock-load does not end");
  if (*status != 0) throw std::runtime_error(test::read_file(output_path()));
  return parse_media_outcome(test::read_file(json_path()));
}

MediaOutcome parse_media_outcome(const std::string& text) {
  const json::value report = json::parse(text);
  MediaOutcome outcome;
  outcome.expected_packets = report.at("expected_packets").to_number<std::uint64_t>();
  outcome.lost_packets = report.at("lost_packets").to_number<std::uint64_t>();
  outcome.packets_per_second = report.at("received_packets_per_second").to_number<double>();
  outcome.bottleneck_reason = report.at("bottleneck_reason").as_string();
  for (const json::value& window : report.at("windows").as_array()) {
    if (window.at("delays").to_number<std::uint64_t>() == 0) continue;
    outcome.windows.push_back({.began_at = window.at("began_at_ns").to_number<Timestamp>(),
                               .ended_at = window.at("ended_at_ns").to_number<Timestamp>(),
                               .delay_p99 = window.at("delay_p99_ns").to_number<Duration>()});
  }
  return outcome;
}

}  // namespace penstock::churn
