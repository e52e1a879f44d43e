#include "bench/pipeline/report.h"

#include <algorithm>
#include <cstdio>

#include "bench/pipeline/rooms.h"
#include "bench/report/document.h"

namespace penstock::bench {
namespace {

constexpr std::array<const char*, kStageCount> kStageNames = {
    "receive", "unprotect", "attribute", "project", "protect", "transmit", "control", "outside"};

std::string line(const char* what, const char* format, auto... values) {
  char text[160];
  std::snprintf(text, sizeof(text), format, values...);
  char row[200];
  std::snprintf(row, sizeof(row), "  %-34s %s\n", what, text);
  return row;
}

// With points for a plot: ever closer to all of them.
json::object latency_json(const Histogram& latencies) {
  json::array points;
  for (const double share : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999,
                             0.9995, 0.9998, 0.9999}) {
    points.push_back(json::array{share, latencies.percentile(share)});
  }
  return {{"p50", latencies.percentile(0.5)},    {"p99", latencies.percentile(0.99)},
          {"p999", latencies.percentile(0.999)}, {"max", latencies.max()},
          {"count", latencies.count()},          {"percentiles", std::move(points)}};
}

double p99(const Histogram& latencies) { return static_cast<double>(latencies.percentile(0.99)); }

std::string latency_line(const char* what, const Histogram& latencies) {
  return line(what, "p50 %.1f us, p99 %.1f us, p99.9 %.1f us",
              static_cast<double>(latencies.percentile(0.5)) / 1e3,
              static_cast<double>(latencies.percentile(0.99)) / 1e3,
              static_cast<double>(latencies.percentile(0.999)) / 1e3);
}

std::string latency_lines(const Measurement& measurement) {
  std::string text;
  const LatencyRun& first = measurement.latency_runs.front();
  for (const LatencyRun& run : measurement.latency_runs) {
    char what[80];
    std::snprintf(what, sizeof(what), "latency at %.0f %% load%s", run.load_percent,
                  run.joins_per_second == 0 ? "" : " with joins");
    Histogram all = run.audio;
    all.merge(run.video);
    text += latency_line(what, all);
    if (measurement.latency_runs.size() == 1) break;
    if (run.audio.count() != 0) text += latency_line("  of audio", run.audio);
    if (&run == &first) continue;
    text += line("  p99 to the first", "%.2f, of audio %.2f",
                 p99(all) / std::max(p99(measurement.latencies), 1.0),
                 p99(run.audio) / std::max(p99(first.audio), 1.0));
    if (run.joins_per_second != 0) text += line("  joins per second", "%.0f", run.joins_per_second);
  }
  return text;
}

json::array latency_runs_json(const Measurement& measurement) {
  json::array runs;
  for (const LatencyRun& run : measurement.latency_runs) {
    runs.push_back(json::object{{"load_percent", run.load_percent},
                                {"joins_per_second", run.joins_per_second},
                                {"audio_ns", latency_json(run.audio)},
                                {"video_ns", latency_json(run.video)}});
  }
  return runs;
}

std::string title(const BenchOptions& options) {
  char text[240];
  const RoomTotals totals = room_totals(options);
  if (options.mix == Mix::kCarrier) {
    std::snprintf(text, sizeof(text),
                  "%zu rooms of a carrier, %zu people with %zu subscriptions, on %zu worker(s)",
                  options.rooms, totals.peers, totals.subscriptions, options.workers);
  } else {
    std::snprintf(text, sizeof(text), "%zu room(s) of %zu x %zu on %zu worker(s), %s",
                  options.rooms, options.publishers, options.subscribers, options.workers,
                  std::string(to_string(options.mix)).c_str());
  }
  std::string result = text;
  if (options.mix == Mix::kFixed) {
    result += " " + std::to_string(options.payload_bytes) + "-byte payloads";
  }
  std::snprintf(text, sizeof(text), ", %s, %s, %zu packets in flight\n",
                std::string(to_string(options.profile)).c_str(),
                std::string(to_string(options.backend)).c_str(), options.in_flight);
  return result + text;
}

std::string cost_lines(const BenchOptions& options, const Measurement& measurement) {
  const Spread& rate = measurement.packets_per_second;
  const Spread& ns = measurement.ns_per_packet;
  std::string text = line("forwarded packets per second", "%.0f (%.0f for each worker)",
                          rate.median, rate.median / static_cast<double>(options.workers));
  text +=
      line("CPU ns per forwarded packet", "%.1f (best %.1f, quartiles %.1f and %.1f, %zu rounds)",
           ns.median, ns.min, ns.q1, ns.q3, ns.count);
  for (std::size_t i = 0; i + 1 < kStageCount; ++i) {
    text += line((std::string("  of which ") + kStageNames[i]).c_str(), "%6.1f",
                 measurement.stage_ns[i]);
  }
  text += line("  of control, quiescent states", "%6.2f (%.2f %% of all)",
               measurement.quiescent_share * ns.median, measurement.quiescent_share * 100);
  text += line("without the cipher", "%.1f", ns.median - measurement.cipher_ns_per_packet);
  if (measurement.library_cipher_ns_per_packet != 0) {
    text += line("ipsec-mb alone, same packets", "%.1f (ours: that + %.1f)",
                 measurement.library_cipher_ns_per_packet,
                 ns.median - measurement.library_cipher_ns_per_packet);
  }
  return text;
}

}  // namespace

std::string to_table(const BenchOptions& options, const Measurement& measurement) {
  std::string text = title(options) + cost_lines(options, measurement);
  if (options.keyframe_packets != 0) {
    text += latency_line("audio latency without video", measurement.idle_latencies);
    text += latency_line("audio latency beside keyframes", measurement.latencies);
  } else {
    text += latency_lines(measurement);
  }
  text += line("  left out: the CPU was taken away", "%llu packets",
               static_cast<unsigned long long>(measurement.preempted_packets));
  text += line("packet buffers in use, at most", "%zu", measurement.packets_in_flight_max);
  text +=
      line("CPU taken away from workers", "%llu times; for more than a moment in %zu rounds",
           static_cast<unsigned long long>(measurement.preemptions), measurement.preempted_rounds);
  if (options.joins_per_second != 0) {
    text += line("joins, and leaves, per second", "%.0f", measurement.joins_per_second);
  }
  if (options.loss_percent != 0) {
    text += line("lost on the way from publishers", "%llu packets",
                 static_cast<unsigned long long>(measurement.lost_packets));
  }
  for (const auto& [reason, count] : measurement.drops) {
    text += line(("dropped: " + reason).c_str(), "%llu", static_cast<unsigned long long>(count));
  }
  return text;
}

std::string to_json(const BenchOptions& options, const Measurement& measurement) {
  json::object stages;
  for (std::size_t i = 0; i + 1 < kStageCount; ++i) {
    stages[kStageNames[i]] = measurement.stage_ns[i];
  }
  json::object drops;
  for (const auto& [reason, count] : measurement.drops) drops[reason] = count;
  const Spread& ns = measurement.ns_per_packet;
  json::object root{{"rooms", options.rooms},
                    {"publishers", options.publishers},
                    {"subscribers", options.subscribers},
                    {"workers", options.workers},
                    {"mix", to_string(options.mix)},
                    {"payload_bytes", options.payload_bytes},
                    {"profile", to_string(options.profile)},
                    {"backend", to_string(options.backend)},
                    {"packets_in_flight", options.in_flight},
                    {"loss_percent", options.loss_percent},
                    {"joins_per_second", measurement.joins_per_second},
                    {"packets_per_second", measurement.packets_per_second.median},
                    {"packets_per_second_spread", to_json(measurement.packets_per_second)},
                    {"packets_per_cpu_second", measurement.packets_per_cpu_second.median},
                    {"ns_per_packet", ns.median},
                    {"ns_per_packet_best", ns.min},
                    {"ns_per_packet_spread", to_json(ns)},
                    {"rounds_ns_per_packet", json::value_from(measurement.rounds_ns_per_packet)},
                    {"rounds_packets_per_cpu_second",
                     json::value_from(measurement.rounds_packets_per_cpu_second)},
                    {"rounds", ns.count},
                    {"cipher_ns_per_packet", measurement.cipher_ns_per_packet},
                    {"library_cipher_ns_per_packet", measurement.library_cipher_ns_per_packet},
                    {"stage_ns", std::move(stages)},
                    {"quiescent_share", measurement.quiescent_share},
                    {"latency_ns", latency_json(measurement.latencies)},
                    {"latency_runs", latency_runs_json(measurement)},
                    {"packets_in_use_max", measurement.packets_in_flight_max},
                    {"preemptions", measurement.preemptions},
                    {"preempted_rounds", measurement.preempted_rounds},
                    {"preempted_packets", measurement.preempted_packets},
                    {"lost_packets", measurement.lost_packets},
                    {"drops", std::move(drops)}};
  if (options.mix == Mix::kCarrier) {
    // Those of a room are different ones.
    root.erase("publishers");
    root.erase("subscribers");
    root["people"] = room_totals(options).peers;
    root["subscriptions"] = room_totals(options).subscriptions;
  }
  if (options.keyframe_packets != 0) {
    root["keyframe_packets"] = options.keyframe_packets;
    root["idle_latency_ns"] = latency_json(measurement.idle_latencies);
  }
  return json::serialize(root) + "\n";
}

}  // namespace penstock::bench
