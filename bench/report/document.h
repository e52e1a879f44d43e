// What a run of tools/bench found, as one JSON document: made of the files that the benchmarks
// wrote, read by everything that shows it (goals.h, against.h, page.h).
//
//   machine, date, revision, mode      where and when
//   micro: {command, benchmarks: [{name, cpu_ns: SPREAD}]}
//   pipeline: [{name, command, passes, result}]   penstock-bench's JSON; of several passes, the
//                                      medians of the figures and the spreads of all rounds
//   drain: [{name, command, result}]   penstock-bench --drain-gbps
//   scaling: {command, result}         penstock-bench --scaling
//   comparison: {command, result}, or {missing: why}
//
// SPREAD is {median, q1, q3, min, rounds}. Pure functions.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report/spread.h"

namespace penstock::bench {

namespace json = boost::json;

enum class PartKind { kMicro, kPipeline, kDrain, kScaling, kComparison };

// One file that a benchmark wrote. Parts of kPipeline with the same name are passes of one run.
struct Part {
  PartKind kind = PartKind::kPipeline;
  std::string name;
  std::string command;
  json::value result;
};

struct Circumstances {
  json::object machine = {};
  std::string date = {};
  std::string revision = {};
  std::string mode = {};
  std::string comparison_missing = {};  // why, if there is no part of that kind
};

json::object merge(std::span<const Part> parts, const Circumstances& circumstances);

json::object to_json(const Spread& spread);

// The number at a JSON pointer (RFC 6901), if there is one.
std::optional<double> number_at(const json::value& document, std::string_view pointer);
std::string text_at(const json::value& document, std::string_view pointer);
// The array there; an empty one if there is none.
const json::array& array_at(const json::value& document, std::string_view pointer);
std::optional<Spread> spread_at(const json::value& document, std::string_view pointer);

// The result of the pipeline's run of that name; null if it was not run.
const json::value* pipeline_result(const json::value& document, std::string_view name);
std::optional<Spread> micro_ns(const json::value& document, std::string_view name);

}  // namespace penstock::bench
