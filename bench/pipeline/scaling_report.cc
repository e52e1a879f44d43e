#include <boost/json.hpp>
#include <cstdio>

#include "bench/pipeline/scaling.h"
#include "bench/report/document.h"

namespace penstock::bench {
namespace {

constexpr std::array<const char*, kScalingSetups.size()> kTitles = {
    "one room on one worker", "one room on two workers", "two rooms on two workers"};

std::string ratio_text(const Spread& ratio) {
  if (ratio.count == 0) return "-";
  char text[80];
  std::snprintf(text, sizeof(text), "%.2f (%.2f to %.2f)", ratio.median, ratio.q1, ratio.q3);
  return text;
}

}  // namespace

std::string to_table(const BenchOptions& options, const Scaling& scaling) {
  char text[200];
  std::snprintf(text, sizeof(text), "rooms of %zu x %zu, %s, %s\n", options.publishers,
                options.subscribers, std::string(to_string(options.mix)).c_str(),
                std::string(to_string(options.profile)).c_str());
  std::string table = text;
  std::snprintf(text, sizeof(text), "  %-26s %12s %8s  %-22s %12s  %-22s %s\n", "", "packets/s",
                "windows", "times one worker's", "packets/CPU s", "times one worker's", "goal");
  table += text;
  for (std::size_t i = 0; i < scaling.results.size(); ++i) {
    const ScalingResult& result = scaling.results[i];
    std::snprintf(text, sizeof(text), "  %-26s %12.0f %8zu  %-22s %12.0f  %-22s %.1f\n", kTitles[i],
                  result.packets_per_second.median, result.packets_per_second.count,
                  ratio_text(result.ratio).c_str(), result.packets_per_cpu_second.median,
                  ratio_text(result.cpu_ratio).c_str(), kScalingSetups[i].ratio_goal);
    table += text;
  }
  std::snprintf(text, sizeof(text),
                "  medians (and quartiles): by the clock, of windows of 20 ms in which no worker's "
                "CPU was given to others; of CPU time, of all %zu rounds\n",
                scaling.rounds);
  return table + text;
}

std::string to_json(const BenchOptions& options, const Scaling& scaling) {
  boost::json::object root{
      {"publishers", options.publishers},      {"subscribers", options.subscribers},
      {"mix", to_string(options.mix)},         {"payload_bytes", options.payload_bytes},
      {"profile", to_string(options.profile)}, {"rounds", scaling.rounds}};
  for (std::size_t i = 0; i < scaling.results.size(); ++i) {
    const ScalingResult& result = scaling.results[i];
    root[kScalingSetups[i].name] = {
        {"packets_per_second", to_json(result.packets_per_second)},
        {"packets_per_cpu_second", to_json(result.packets_per_cpu_second)},
        {"ratio", to_json(result.ratio)},
        {"preempted_windows", result.preempted_windows},
        {"cpu_ratio", to_json(result.cpu_ratio)},
        {"ratio_goal", kScalingSetups[i].ratio_goal}};
  }
  return boost::json::serialize(root) + "\n";
}

}  // namespace penstock::bench
