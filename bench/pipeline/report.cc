#include "bench/pipeline/report.h"

#include <boost/json.hpp>
#include <cstdio>

namespace penstock::bench {
namespace {

namespace json = boost::json;

constexpr std::array<const char*, kStageCount> kStageNames = {
    "receive", "unprotect", "attribute", "project", "protect", "transmit", "control", "outside"};

std::string line(const char* what, const char* format, auto... values) {
  char text[160];
  std::snprintf(text, sizeof(text), format, values...);
  char row[200];
  std::snprintf(row, sizeof(row), "  %-34s %s\n", what, text);
  return row;
}

json::object latency_json(const Histogram& latencies) {
  return {{"p50", latencies.percentile(0.5)},
          {"p99", latencies.percentile(0.99)},
          {"p999", latencies.percentile(0.999)},
          {"max", latencies.max()},
          {"count", latencies.count()}};
}

std::string latency_line(const char* what, const Histogram& latencies) {
  return line(what, "p50 %.1f us, p99 %.1f us, p99.9 %.1f us",
              static_cast<double>(latencies.percentile(0.5)) / 1e3,
              static_cast<double>(latencies.percentile(0.99)) / 1e3,
              static_cast<double>(latencies.percentile(0.999)) / 1e3);
}

}  // namespace

std::string to_table(const BenchOptions& options, const Measurement& measurement) {
  std::string text =
      std::to_string(options.publishers) + " x " + std::to_string(options.subscribers) + " on " +
      std::to_string(options.workers) + " worker(s), " + std::to_string(options.payload_bytes) +
      "-byte payloads, " + std::string(to_string(options.profile)) + ", " +
      std::string(to_string(options.backend)) + ", " + std::to_string(options.in_flight) +
      " packets in flight\n";
  text += line("forwarded packets per second", "%.0f (%.0f for each worker)",
               measurement.packets_per_second,
               measurement.packets_per_second / static_cast<double>(options.workers));
  text += line("CPU ns per forwarded packet", "%.1f (best %.1f, quartiles %.1f apart, %zu rounds)",
               measurement.ns_per_packet, measurement.ns_per_packet_best,
               measurement.ns_per_packet_spread, measurement.rounds);
  for (std::size_t i = 0; i + 1 < kStageCount; ++i) {
    text += line((std::string("  of which ") + kStageNames[i]).c_str(), "%6.1f",
                 measurement.stage_ns[i]);
  }
  text += line("without the cipher", "%.1f",
               measurement.ns_per_packet - measurement.cipher_ns_per_packet);
  if (measurement.library_cipher_ns_per_packet != 0) {
    text += line("ipsec-mb alone, same packets", "%.1f (ours: that + %.1f)",
                 measurement.library_cipher_ns_per_packet,
                 measurement.ns_per_packet - measurement.library_cipher_ns_per_packet);
  }
  if (options.keyframe_packets != 0) {
    text += latency_line("audio latency without video", measurement.idle_latencies);
    text += latency_line("audio latency beside keyframes", measurement.latencies);
  } else {
    text += latency_line("latency at half load", measurement.latencies);
  }
  text += line("  left out: the CPU was taken away", "%llu packets",
               static_cast<unsigned long long>(measurement.preempted_packets));
  text += line("packet buffers in use, at most", "%zu", measurement.packets_in_flight_max);
  text += line("CPU taken away from workers", "%llu times",
               static_cast<unsigned long long>(measurement.preemptions));
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
  json::object root{{"publishers", options.publishers},
                    {"subscribers", options.subscribers},
                    {"workers", options.workers},
                    {"payload_bytes", options.payload_bytes},
                    {"profile", to_string(options.profile)},
                    {"backend", to_string(options.backend)},
                    {"packets_in_flight", options.in_flight},
                    {"packets_per_second", measurement.packets_per_second},
                    {"ns_per_packet", measurement.ns_per_packet},
                    {"ns_per_packet_best", measurement.ns_per_packet_best},
                    {"ns_per_packet_spread", measurement.ns_per_packet_spread},
                    {"rounds", measurement.rounds},
                    {"cipher_ns_per_packet", measurement.cipher_ns_per_packet},
                    {"library_cipher_ns_per_packet", measurement.library_cipher_ns_per_packet},
                    {"stage_ns", std::move(stages)},
                    {"latency_ns", latency_json(measurement.latencies)},
                    {"packets_in_use_max", measurement.packets_in_flight_max},
                    {"preemptions", measurement.preemptions},
                    {"preempted_packets", measurement.preempted_packets},
                    {"drops", std::move(drops)}};
  if (options.keyframe_packets != 0) {
    root["idle_latency_ns"] = latency_json(measurement.idle_latencies);
  }
  return json::serialize(root) + "\n";
}

}  // namespace penstock::bench
