#include "tests/churn/report.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "tests/churn/progress.h"
#include "tests/support/sanitized.h"

namespace penstock::churn {
namespace {

using test::kIsSanitized;

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

}  // namespace

std::string number_text(double number, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, number);
  return text;
}

std::string duration_text(std::uint64_t ns) {
  const auto value = static_cast<double>(ns);
  if (ns >= 1'000'000'000) return number_text(value / 1e9, 3) + " s";
  if (ns >= 1'000'000) return number_text(value / 1e6, 3) + " ms";
  if (ns >= 1'000) return number_text(value / 1e3, 1) + " us";
  return std::to_string(ns) + " ns";
}

std::string mebibytes_text(double bytes) { return number_text(bytes / (1 << 20), 1) + " MiB"; }

Report::Report(std::string scenario, std::uint64_t cycles) {
  add("scenario", scenario);
  add("cycles", with_commas(cycles));
  values_["scenario"] = std::move(scenario);
  values_["cycles"] = cycles;
}

void Report::add(std::string what, std::string value) {
  compare(std::move(what), {std::move(value)});
}

void Report::compare(std::string what, std::vector<std::string> values) {
  rows_.push_back({std::move(what), std::move(values)});
}

void Report::promise(const std::string& what, bool is_kept, const std::string& detail) {
  add("promise: " + what, (is_kept ? "kept (" : "BROKEN (") + detail + ")");
  promises_[what] = is_kept;
  are_all_kept_ = are_all_kept_ && is_kept;
}

void Report::only_reported(const std::string& what, bool would_be_kept, const std::string& detail) {
  add("not judged at this size: " + what,
      (would_be_kept ? "would be kept (" : "would be broken (") + detail + ")");
}

void Report::add_growth(const Growth& growth) {
  const std::string slope = number_text(growth.slope_bytes_per_cycle, 5) + " B/cycle";
  add("RSS slope after warm-up", slope + " over " + std::to_string(growth.samples) + " samples");
  add("RSS growth after warm-up", std::to_string(growth.bytes) + " B");
  values_["rss_slope_bytes_per_cycle"] = growth.slope_bytes_per_cycle;
  values_["rss_growth_bytes"] = growth.bytes;
  values_["rss_samples"] = growth.samples;
  values_["rss_rule"] = growth.rule;
  promise_of_memory("memory does not grow", growth.is_none, growth.rule);
}

void Report::add_heap(const HeapAtRest& heap) {
  values_["heap_growth_bytes"] = heap.growth();
  promise_of_memory("the heap is as before", heap.is_steady(),
                    std::to_string(heap.growth()) + " B more than the " + with_commas(heap.before) +
                        " before, nobody there");
}

void Report::promise_of_memory(const std::string& what, bool is_kept, const std::string& detail) {
  if (kIsSanitized) {
    only_reported(what, is_kept, "a sanitizer keeps books of its own");
  } else {
    promise(what, is_kept, detail);
  }
}

void Report::add_reclaim(const Histogram& histogram) {
  add_reclaim(static_cast<std::uint64_t>(histogram.percentile(0.5)),
              static_cast<std::uint64_t>(histogram.percentile(0.99)),
              static_cast<std::uint64_t>(histogram.max()), histogram.count());
}

void Report::add_reclaim(std::uint64_t p50_ns, std::uint64_t p99_ns, std::uint64_t max_ns,
                         std::uint64_t count) {
  add("retire to reclaim, p50", duration_text(p50_ns));
  add("retire to reclaim, p99", duration_text(p99_ns));
  add("retire to reclaim, max", duration_text(max_ns));
  add("objects reclaimed", with_commas(count));
  values_["reclaim_ns"] = {{"p50", p50_ns}, {"p99", p99_ns}, {"max", max_ns}, {"count", count}};
}

void Report::print(std::ostream& out) const {
  // Values that are compared stand below each other; one that is alone needs no column.
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Row& row : rows_) {
    name_width = std::max(name_width, row.what.size());
    if (row.values.size() == 1) continue;
    for (const std::string& value : row.values) value_width = std::max(value_width, value.size());
  }
  for (const Row& row : rows_) {
    out << padded(row.what, name_width);
    for (std::size_t i = 0; i + 1 < row.values.size(); ++i) {
      out << "  " << padded(row.values[i], value_width);
    }
    if (!row.values.empty()) out << "  " << row.values.back();
    out << '\n';
  }
  out << std::flush;
}

std::string Report::to_json() const {
  json::object document = values_;
  document["promises"] = promises_;
  document["all_promises_kept"] = are_all_kept_;
  std::string text = "{\n";
  for (const auto& [key, value] : document) {
    if (text.size() > 2) text += ",\n";
    text += "  " + json::serialize(json::string(key)) + ": " + json::serialize(value);
  }
  return text + "\n}\n";
}

}  // namespace penstock::churn
