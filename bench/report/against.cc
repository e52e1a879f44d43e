#include "bench/report/against.h"

#include <algorithm>
#include <cstdio>

namespace penstock::bench {
namespace {

// Beyond the quartiles, two runs of the same program differ by where its memory lies.
constexpr double kAlways = 0.02;

const json::value* named(const json::array& values, const std::string& name) {
  for (const json::value& value : values) {
    if (text_at(value, "/name") == name) return &value;
  }
  return nullptr;
}

// Where a report has named figures.
struct Source {
  const char* pointer;  // of an array of objects with a `name`
  const char* figure;   // within such an object
  const char* title;
  const char* unit;
};
constexpr Source kSources[] = {
    {"/pipeline", "/result/ns_per_packet_spread", "pipeline", "ns"},
    {"/comparison/result/servers", "/cpu_ns_per_packet", "comparison", "ns"},
    {"/micro/benchmarks", "/cpu_ns", "micro", "ns"},
};

// What is not ours, and does the same work in every report.
bool is_library(const std::string& benchmark) {
  return benchmark.starts_with("library/") || benchmark.starts_with("openssl");
}

Drift drift_between(const json::value& before, const json::value& now) {
  std::vector<double> ratios;
  for (const json::value& benchmark : array_at(now, "/micro/benchmarks")) {
    const std::string name = text_at(benchmark, "/name");
    const auto ns_before = micro_ns(before, name);
    const auto ns_now = micro_ns(now, name);
    if (!is_library(name) || !ns_before || !ns_now || ns_before->median <= 0) continue;
    ratios.push_back(ns_now->median / ns_before->median);
  }
  if (ratios.empty()) return {};
  const auto [low, high] = std::ranges::minmax(ratios);
  return {.low = std::min(low, 1.0), .high = std::max(high, 1.0)};
}

}  // namespace

std::optional<Ratio> ratio_of(std::string what, std::string unit, const Spread& before,
                              const Spread& now, const Drift& drift) {
  if (before.median <= 0 || now.median <= 0 || before.q1 <= 0 || now.q1 <= 0) return std::nullopt;
  Ratio ratio{.what = std::move(what), .unit = std::move(unit), .before = before, .now = now};
  ratio.ratio = now.median / before.median;
  ratio.low = now.q1 / before.q3 / drift.high * (1 - kAlways);
  ratio.high = now.q3 / before.q1 / drift.low * (1 + kAlways);
  if (ratio.high < 1) ratio.change = Change::kBetter;
  if (ratio.low > 1) ratio.change = Change::kWorse;
  return ratio;
}

Against against(const json::value& before, const json::value& now) {
  Against result{.drift = drift_between(before, now), .ratios = {}};
  for (const Source& source : kSources) {
    for (const json::value& value : array_at(now, source.pointer)) {
      const std::string name = text_at(value, "/name");
      const json::value* old = named(array_at(before, source.pointer), name);
      if (old == nullptr) continue;
      const auto spread_before = spread_at(*old, source.figure);
      const auto spread_now = spread_at(value, source.figure);
      if (!spread_before || !spread_now) continue;
      auto ratio = ratio_of(std::string(source.title) + " " + name, source.unit, *spread_before,
                            *spread_now, result.drift);
      if (ratio) result.ratios.push_back(*std::move(ratio));
    }
  }
  return result;
}

std::string to_table(const Against& against) {
  char line[240];
  std::snprintf(line, sizeof(line), "%-44s %10s %10s %7s   %s\n", "ns, less is better", "before",
                "now", "ratio", "within noise if 1 is in");
  std::string table = line;
  for (const Ratio& ratio : against.ratios) {
    const char* mark = ratio.change == Change::kBetter  ? "  better"
                       : ratio.change == Change::kWorse ? "  WORSE"
                                                        : "";
    std::snprintf(line, sizeof(line), "%-44.44s %10.2f %10.2f %7.3f   %.3f to %.3f%s\n",
                  ratio.what.c_str(), ratio.before.median, ratio.now.median, ratio.ratio, ratio.low,
                  ratio.high, mark);
    table += line;
  }
  std::snprintf(line, sizeof(line),
                "libraries that are not ours took %.2f to %.2f times as long as then: the bounds "
                "allow for it\n",
                against.drift.low, against.drift.high);
  return table + line;
}

}  // namespace penstock::bench
