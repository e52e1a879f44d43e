#include "bench/load/report.h"

#include <boost/json.hpp>
#include <cstdio>

namespace penstock::load {
namespace {

namespace json = boost::json;

std::string line(const char* what, const char* format, auto... values) {
  char text[200];
  std::snprintf(text, sizeof(text), format, values...);
  char row[240];
  std::snprintf(row, sizeof(row), "  %-28s %s\n", what, text);
  return row;
}

unsigned long long count(std::uint64_t value) { return value; }
double micro(Duration ns) { return static_cast<double>(ns) / 1e3; }
double milli(Duration ns) { return static_cast<double>(ns) / 1e6; }

std::vector<std::string> recorded(const LoadOptions& options) {
  std::vector<std::string> paths;
  for (const auto* recording : {&options.audio_recording, &options.video_recording}) {
    if (*recording) paths.push_back((*recording)->path);
  }
  return paths;
}

json::array to_json(const std::vector<LoadWindow>& windows) {
  json::array list;
  for (const LoadWindow& window : windows) {
    list.push_back({{"began_at_ns", window.began_at},
                    {"ended_at_ns", window.ended_at},
                    {"delays", window.delays},
                    {"delay_p50_ns", window.delay_p50},
                    {"delay_p99_ns", window.delay_p99},
                    {"sends", window.sends},
                    {"late_sends", window.late_sends},
                    {"own_wait_ns", window.own_wait}});
  }
  return list;
}

}  // namespace

std::string to_table(const LoadOptions& options, const LoadResult& result) {
  std::string text = options.server.text + ": " + std::to_string(options.publishers) +
                     " publishers, " + std::to_string(options.subscribers) + " subscribers of " +
                     std::to_string(options.streams_per_subscriber) + " streams, " +
                     std::string(to_string(options.profile)) + "\n";
  for (const std::string& path : recorded(options)) text += line("recording", "%s", path.c_str());
  text += line("peers", "%llu connected, %llu failed", count(result.connected_peers),
               count(result.failed_peers));
  text += line("time to join", "p50 %.1f ms, p99 %.1f ms, max %.1f ms",
               milli(result.join_times.percentile(0.5)), milli(result.join_times.percentile(0.99)),
               milli(result.join_times.max()));
  text += line("joins per second", "%.1f", result.joins_per_second);
  text += line("steady state", "%.2f s", result.seconds);
  text += line("packets sent", "%llu (%.0f/s)", count(result.sent_packets),
               static_cast<double>(result.sent_packets) / result.seconds);
  text += line("packets received", "%llu of %llu (%.0f/s)", count(result.received_packets),
               count(result.expected_packets), result.received_packets_per_second());
  text += line("lost", "%llu (%.4f %%)", count(result.lost_packets()), 100 * result.loss());
  text += line("reordered, duplicate", "%llu, %llu", count(result.reordered_packets),
               count(result.duplicate_packets));
  text += line("decrypted, of these wrong", "%llu, %llu", count(result.decrypted_packets),
               count(result.srtp_failures));
  text += line("delay", "p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us",
               micro(result.delays.percentile(0.5)), micro(result.delays.percentile(0.99)),
               micro(result.delays.percentile(0.999)), micro(result.delays.max()));
  text += line("jitter of the streams", "p50 %.1f us, p99 %.1f us",
               micro(result.jitters.percentile(0.5)), micro(result.jitters.percentile(0.99)));
  text += line("this program's CPU", "%.2f s (%.0f %% of a CPU), waited for it %.2f s",
               result.own_cpu_seconds, 100 * result.own_cpu_seconds / result.seconds,
               result.own_wait_seconds);
  text += line("late sends, own drops", "%llu of %llu, %llu", count(result.late_sends),
               count(result.bursts), count(result.own_queue_drops));
  const std::string reason = bottleneck_reason(result);
  if (!reason.empty()) text += "  penstock-load itself was the bottleneck: " + reason + "\n";
  if (!result.first_failure.empty()) text += "  first failure: " + result.first_failure + "\n";
  return text;
}

std::string to_json(const LoadOptions& options, const LoadResult& result) {
  const std::string reason = bottleneck_reason(result);
  const json::object root{
      {"server", options.server.text},
      {"publishers", result.publishers},
      {"subscribers", result.subscribers},
      {"streams_per_subscriber", options.streams_per_subscriber},
      {"profile", to_string(options.profile)},
      {"recordings", json::value_from(recorded(options))},
      {"connected_peers", result.connected_peers},
      {"failed_peers", result.failed_peers},
      {"first_failure", result.first_failure},
      {"join_ms",
       {{"p50", milli(result.join_times.percentile(0.5))},
        {"p99", milli(result.join_times.percentile(0.99))},
        {"max", milli(result.join_times.max())}}},
      {"joins_per_second", result.joins_per_second},
      {"join_cpu_seconds", result.join_cpu_seconds},
      {"seconds", result.seconds},
      {"sent_packets", result.sent_packets},
      {"expected_packets", result.expected_packets},
      {"received_packets", result.received_packets},
      {"received_packets_per_second", result.received_packets_per_second()},
      {"lost_packets", result.lost_packets()},
      {"loss", result.loss()},
      {"reordered_packets", result.reordered_packets},
      {"duplicate_packets", result.duplicate_packets},
      {"decrypted_packets", result.decrypted_packets},
      {"srtp_failures", result.srtp_failures},
      {"delay_ns",
       {{"p50", result.delays.percentile(0.5)},
        {"p99", result.delays.percentile(0.99)},
        {"p999", result.delays.percentile(0.999)},
        {"max", result.delays.max()}}},
      {"jitter_ns",
       {{"p50", result.jitters.percentile(0.5)}, {"p99", result.jitters.percentile(0.99)}}},
      {"own_cpu_seconds", result.own_cpu_seconds},
      {"own_wait_seconds", result.own_wait_seconds},
      {"own_queue_drops", result.own_queue_drops},
      {"late_sends", result.late_sends},
      {"sends", result.bursts},
      {"unsent_packets", result.unsent_packets},
      {"windows", to_json(result.windows)},
      {"is_bottleneck", !reason.empty()},
      {"bottleneck_reason", reason}};
  return json::serialize(root) + "\n";
}

}  // namespace penstock::load
