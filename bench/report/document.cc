#include "bench/report/document.h"

#include <map>

namespace penstock::bench {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

// Google Benchmark's file: each repetition of each benchmark is a row, and so are its aggregates.
json::array micro_benchmarks(const json::value& result) {
  const std::map<std::string, double> units = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  std::vector<std::string> names;  // in their order
  std::map<std::string, std::vector<double>> times;
  const json::value* rows =
      result.is_object() ? result.as_object().if_contains("benchmarks") : nullptr;
  if (rows == nullptr || !rows->is_array()) return {};
  for (const json::value& row : rows->as_array()) {
    const std::string unit = text_at(row, "/time_unit");
    const auto time = number_at(row, "/cpu_time");
    // What says that it does not run on this CPU has a label and no items.
    if (text_at(row, "/run_type") != "iteration" || !time || !units.contains(unit) ||
        !text_at(row, "/label").empty()) {
      continue;
    }
    const std::string name = text_at(row, "/run_name");
    // Of a batch, one packet's share.
    const auto per_packet = number_at(row, "/time_per_packet");
    if (!times.contains(name)) names.push_back(name);
    times[name].push_back(per_packet ? *per_packet * kNanosecondsPerSecond
                                     : *time * units.at(unit));
  }
  json::array benchmarks;
  for (const std::string& name : names) {
    benchmarks.push_back({{"name", name}, {"cpu_ns", to_json(spread_of(times[name]))}});
  }
  return benchmarks;
}

// Numbers become the medians of the passes, objects and arrays are gone through; what is no number
// is the first pass's.
json::value median_of(std::span<const json::value* const> passes) {
  const json::value& first = *passes.front();
  std::vector<const json::value*> inner(passes.size());
  if (first.is_object()) {
    json::object result;
    for (const auto& [key, value] : first.as_object()) {
      inner.clear();
      for (const json::value* pass : passes) {
        const json::value* found = pass->is_object() ? pass->as_object().if_contains(key) : nullptr;
        if (found != nullptr) inner.push_back(found);
      }
      result[key] = median_of(inner);
    }
    return result;
  }
  if (first.is_array()) {
    json::array result;
    for (std::size_t i = 0; i < first.as_array().size(); ++i) {
      inner.clear();
      for (const json::value* pass : passes) {
        if (pass->is_array() && i < pass->as_array().size()) inner.push_back(&pass->as_array()[i]);
      }
      result.push_back(median_of(inner));
    }
    return result;
  }
  if (!first.is_number()) return first;
  std::vector<double> values;
  for (const json::value* pass : passes) {
    if (pass->is_number()) values.push_back(pass->to_number<double>());
  }
  return spread_of(std::move(values)).median;
}

// The rounds of all passes, `rounds_NAME`, give the spread of NAME.
void pool_rounds(std::span<const json::value* const> passes, const std::string& name,
                 json::object& result) {
  std::vector<double> rounds;
  for (const json::value* pass : passes) {
    const json::value* of_pass = pass->as_object().if_contains("rounds_" + name);
    if (of_pass == nullptr || !of_pass->is_array()) continue;
    for (const json::value& round : of_pass->as_array())
      rounds.push_back(round.to_number<double>());
  }
  result.erase("rounds_" + name);
  if (rounds.empty()) return;
  const Spread spread = spread_of(std::move(rounds));
  result[name] = spread.median;
  result[name + "_spread"] = to_json(spread);
}

json::object merge_passes(std::span<const Part* const> parts) {
  std::vector<const json::value*> passes;
  for (const Part* part : parts) passes.push_back(&part->result);
  json::value result = median_of(passes);
  if (result.is_object()) {
    pool_rounds(passes, "ns_per_packet", result.as_object());
    pool_rounds(passes, "packets_per_cpu_second", result.as_object());
  }
  return {{"name", parts.front()->name},
          {"command", parts.front()->command},
          {"passes", parts.size()},
          {"result", std::move(result)}};
}

json::array merge_pipeline(std::span<const Part> parts) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<const Part*>> runs;
  for (const Part& part : parts) {
    if (part.kind != PartKind::kPipeline) continue;
    if (!runs.contains(part.name)) names.push_back(part.name);
    runs[part.name].push_back(&part);
  }
  json::array result;
  for (const std::string& name : names) result.push_back(merge_passes(runs[name]));
  return result;
}

}  // namespace

json::object merge(std::span<const Part> parts, const Circumstances& circumstances) {
  json::object document{{"machine", circumstances.machine},
                        {"date", circumstances.date},
                        {"revision", circumstances.revision},
                        {"mode", circumstances.mode},
                        {"pipeline", merge_pipeline(parts)}};
  for (const Part& part : parts) {
    if (part.kind == PartKind::kMicro) {
      document["micro"] = {{"command", part.command},
                           {"benchmarks", micro_benchmarks(part.result)}};
    } else if (part.kind == PartKind::kDrain) {
      json::value& drains = document["drain"];
      if (!drains.is_array()) drains.emplace_array();
      drains.as_array().push_back(
          {{"name", part.name}, {"command", part.command}, {"result", part.result}});
    } else if (part.kind == PartKind::kScaling) {
      document["scaling"] = {{"command", part.command}, {"result", part.result}};
    } else if (part.kind == PartKind::kComparison) {
      document["comparison"] = {{"command", part.command}, {"result", part.result}};
    }
  }
  if (!document.contains("comparison")) {
    document["comparison"] = {{"missing", circumstances.comparison_missing}};
  }
  return document;
}

json::object to_json(const Spread& spread) {
  return {{"median", spread.median},
          {"q1", spread.q1},
          {"q3", spread.q3},
          {"min", spread.min},
          {"rounds", spread.count}};
}

std::optional<double> number_at(const json::value& document, std::string_view pointer) {
  json::error_code error;
  const json::value* found = document.find_pointer(pointer, error);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

std::string text_at(const json::value& document, std::string_view pointer) {
  json::error_code error;
  const json::value* found = document.find_pointer(pointer, error);
  if (found == nullptr || !found->is_string()) return {};
  return std::string(found->as_string());
}

const json::array& array_at(const json::value& document, std::string_view pointer) {
  static const json::array kNone;
  json::error_code error;
  const json::value* found = document.find_pointer(pointer, error);
  return found == nullptr || !found->is_array() ? kNone : found->as_array();
}

std::optional<Spread> spread_at(const json::value& document, std::string_view pointer) {
  const std::string base(pointer);
  const auto median = number_at(document, base + "/median");
  if (!median) return std::nullopt;
  Spread spread{.median = *median};
  spread.q1 = number_at(document, base + "/q1").value_or(*median);
  spread.q3 = number_at(document, base + "/q3").value_or(*median);
  spread.min = number_at(document, base + "/min").value_or(spread.q1);
  spread.count = static_cast<std::size_t>(number_at(document, base + "/rounds").value_or(0));
  return spread;
}

const json::value* pipeline_result(const json::value& document, std::string_view name) {
  json::error_code error;
  const json::value* runs = document.find_pointer("/pipeline", error);
  if (runs == nullptr || !runs->is_array()) return nullptr;
  for (const json::value& run : runs->as_array()) {
    if (text_at(run, "/name") == name) return run.find_pointer("/result", error);
  }
  return nullptr;
}

std::optional<Spread> micro_ns(const json::value& document, std::string_view name) {
  json::error_code error;
  const json::value* benchmarks = document.find_pointer("/micro/benchmarks", error);
  if (benchmarks == nullptr || !benchmarks->is_array()) return std::nullopt;
  for (const json::value& benchmark : benchmarks->as_array()) {
    if (text_at(benchmark, "/name") == name) return spread_at(benchmark, "/cpu_ns");
  }
  return std::nullopt;
}

}  // namespace penstock::bench
