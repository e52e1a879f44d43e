#include "bench/report/turns.h"

#include <array>

#include "bench/report/text.h"

namespace penstock::bench {
namespace {

// What must be alike. A build that knows nothing of one of them has it as it always was.
constexpr std::array kSetup = {
    "rooms",   "publishers",        "subscribers",  "workers", "mix",           "payload_bytes",
    "profile", "packets_in_flight", "loss_percent", "people",  "subscriptions", "keyframe_packets"};

struct Figure {
  const char* name;
  const char* pointer;
};
// The library's own time is a control: it is the same code in both builds.
constexpr std::array kFigures = {
    Figure{"ns per packet", "/ns_per_packet"},
    Figure{"  receive", "/stage_ns/receive"},
    Figure{"  unprotect", "/stage_ns/unprotect"},
    Figure{"  attribute", "/stage_ns/attribute"},
    Figure{"  project", "/stage_ns/project"},
    Figure{"  protect", "/stage_ns/protect"},
    Figure{"  transmit", "/stage_ns/transmit"},
    Figure{"  control", "/stage_ns/control"},
    Figure{"ipsec-mb alone (control)", "/library_cipher_ns_per_packet"},
    Figure{"latency p50, ns", "/latency_ns/p50"},
    Figure{"latency p99, ns", "/latency_ns/p99"},
};

const json::value* member(const json::value& result, const char* key) {
  return result.is_object() ? result.as_object().if_contains(key) : nullptr;
}

// What differs, or nothing.
std::string difference(const json::value& other, const json::value& ours) {
  for (const char* key : kSetup) {
    const json::value* theirs = member(other, key);
    const json::value* own = member(ours, key);
    if (theirs == nullptr || own == nullptr || *theirs == *own) continue;
    return std::string(key) + " is " + json::serialize(*theirs) + " there and " +
           json::serialize(*own) + " here";
  }
  return {};
}

std::optional<std::string> why_not(const Turn& turn) {
  for (const json::value* result : {&turn.other, &turn.ours}) {
    if (!number_at(*result, "/ns_per_packet")) {
      return std::string(result == &turn.ours ? "this" : "the other") +
             " build's result has no ns_per_packet: its run forwarded nothing, or was of another "
             "kind (--scaling, --drain-gbps)";
    }
  }
  const std::string differs = difference(turn.other, turn.ours);
  if (differs.empty()) return std::nullopt;
  return "the builds did not measure the same: " + differs;
}

std::optional<TurnFigure> figure_of(std::span<const Turn> turns, const Figure& figure) {
  std::vector<double> other;
  std::vector<double> ours;
  std::vector<double> ratios;
  for (const Turn& turn : turns) {
    const double theirs = number_at(turn.other, figure.pointer).value_or(0);
    const double own = number_at(turn.ours, figure.pointer).value_or(0);
    if (theirs <= 0 || own <= 0) continue;
    other.push_back(theirs);
    ours.push_back(own);
    ratios.push_back(own / theirs);
  }
  if (ratios.empty()) return std::nullopt;
  TurnFigure result{.name = figure.name,
                    .other = spread_of(std::move(other)),
                    .ours = spread_of(std::move(ours)),
                    .ratio = spread_of(std::move(ratios))};
  result.ratio_of_medians = result.ours.median / result.other.median;
  return result;
}

}  // namespace

std::expected<TurnComparison, std::string> compare_turns(std::span<const Turn> turns) {
  if (turns.empty()) return std::unexpected("there is no turn to compare");
  TurnComparison comparison;
  for (const Turn& turn : turns) {
    if (auto reason = why_not(turn)) return std::unexpected(*std::move(reason));
    const std::string theirs = text_at(turn.other, "/backend");
    const std::string own = text_at(turn.ours, "/backend");
    if (theirs != own) comparison.note = "SRTP by " + theirs + " there and by " + own + " here";
  }
  for (const Figure& figure : kFigures) {
    if (auto found = figure_of(turns, figure)) comparison.figures.push_back(*std::move(found));
  }
  return comparison;
}

std::string to_table(const TurnComparison& comparison) {
  std::string table = text("%-26s %22s %22s   %-22s %s\n", "medians (quartiles)", "other", "this",
                           "ratio of each turn", "of medians");
  const auto spread = [](const Spread& values, const char* format) {
    return text(format, values.median, values.q1, values.q3);
  };
  for (const TurnFigure& figure : comparison.figures) {
    table += text("%-26s %22s %22s   %-22s %.3f\n", figure.name.c_str(),
                  spread(figure.other, "%.1f (%.1f-%.1f)").c_str(),
                  spread(figure.ours, "%.1f (%.1f-%.1f)").c_str(),
                  spread(figure.ratio, "%.3f (%.3f-%.3f)").c_str(), figure.ratio_of_medians);
  }
  if (!comparison.figures.empty()) {
    table += text("%zu turns; below 1 this build is the cheaper one\n",
                  comparison.figures.front().ratio.count);
  }
  if (!comparison.note.empty()) table += "note: " + comparison.note + "\n";
  return table;
}

json::value to_json(const TurnComparison& comparison) {
  json::array figures;
  for (const TurnFigure& figure : comparison.figures) {
    figures.push_back({{"name", figure.name.substr(figure.name.find_first_not_of(' '))},
                       {"other", to_json(figure.other)},
                       {"ours", to_json(figure.ours)},
                       {"ratio", to_json(figure.ratio)},
                       {"ratio_of_medians", figure.ratio_of_medians}});
  }
  return json::object{{"figures", std::move(figures)}, {"note", comparison.note}};
}

}  // namespace penstock::bench
