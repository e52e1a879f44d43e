#include "bench/quality/report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "bench/report/text.h"

namespace penstock::quality {
namespace {

namespace json = boost::json;
using bench::text;

// Of a crowd, so many are shown.
constexpr std::size_t kReceiversShown = 4;

const Expectation* expectation_of(const Scenario& scenario, const std::string& figure) {
  const auto found = std::ranges::find(scenario.expectations, figure, &Expectation::figure);
  return found == scenario.expectations.end() ? nullptr : &*found;
}

json::array to_json(const std::vector<Sample>& samples) {
  json::array array;
  for (const Sample& sample : samples) {
    array.push_back(json::object{{"ms", sample.at / kMillisecond},
                                 {"sent_kbps", sample.sent_kbps},
                                 {"link_kbps", sample.link_kbps},
                                 {"estimate_kbps", sample.estimate_kbps},
                                 {"queue_ms", sample.queue_ms},
                                 {"lost", sample.lost},
                                 {"width", sample.width},
                                 {"frozen", sample.is_frozen}});
  }
  return array;
}

// What was sent at a sample's time, and whether the picture stood still.
void complete_samples(std::vector<Sample>& samples, const ReceiverLog& log, Timestamp began_at) {
  if (log.videos().empty()) return;
  const auto& video = log.videos().begin()->second;
  const auto freezes =
      video.watcher.freezes(began_at, began_at + samples.back().at + kSampleInterval);
  for (Sample& sample : samples) {
    const Timestamp from = began_at + sample.at;
    const Timestamp to = from + kSampleInterval;
    sample.is_frozen = test::frozen(freezes, from, to) > kSampleInterval / 2;
  }
  for (const auto& [sequence, packet] : video.packets) {
    const Duration at = packet.at - began_at;
    const auto index = static_cast<std::size_t>(at / kSampleInterval);
    if (at >= 0 && index < samples.size() && packet.width != 0) samples[index].width = packet.width;
  }
}

}  // namespace

bool Outcome::is_good() const {
  return std::ranges::all_of(scenario->expectations, [this](const Expectation& expectation) {
    return is_met(expectation, figures);
  });
}

Outcome outcome_of(const Scenario& scenario, std::uint64_t seed, const CallRecord& call) {
  Outcome outcome{
      .scenario = &scenario, .seed = seed, .figures = figures_of(scenario, call), .receivers = {}};
  for (const auto& record : call.receivers) {
    Outcome::Receiver receiver{.name = record->name, .samples = {}, .violations = {}};
    for (const auto& [ssrc, video] : record->log.videos()) {
      for (const auto& [what, times] : video.watcher.violations())
        receiver.violations[what] += times;
    }
    if (outcome.receivers.size() < kReceiversShown) {
      receiver.samples = record->samples;
      complete_samples(receiver.samples, record->log, call.began_at);
    } else if (receiver.violations.empty()) {
      continue;
    }
    outcome.receivers.push_back(std::move(receiver));
  }
  return outcome;
}

std::string to_table(const Outcome& outcome) {
  std::string table = outcome.scenario->name + ": " + outcome.scenario->description + "\n";
  for (const auto& [name, value] : outcome.figures) {
    table += text("  %-32s %10.3f", name.c_str(), value);
    if (const Expectation* expectation = expectation_of(*outcome.scenario, name)) {
      table += text("   %s %g %s", expectation->is_minimum ? "at least" : "at most ",
                    expectation->limit, is_met(*expectation, outcome.figures) ? "" : "  missed");
    }
    table += '\n';
  }
  for (const Expectation& expectation : outcome.scenario->expectations) {
    if (!outcome.figures.contains(expectation.figure))
      table += text("  %-32s          -   missed\n", expectation.figure.c_str());
  }
  for (const Outcome::Receiver& receiver : outcome.receivers) {
    for (const auto& [what, times] : receiver.violations)
      table += text("  %s: %zu times %s\n", receiver.name.c_str(), times, what.c_str());
  }
  return table;
}

std::string to_json(std::span<const Outcome> outcomes) {
  json::array all;
  for (const Outcome& outcome : outcomes) {
    json::object figures;
    for (const auto& [name, value] : outcome.figures) figures[name] = value;
    json::array expectations;
    for (const Expectation& expectation : outcome.scenario->expectations) {
      expectations.push_back(
          json::object{{"figure", expectation.figure},
                       {expectation.is_minimum ? "at_least" : "at_most", expectation.limit},
                       {"met", is_met(expectation, outcome.figures)}});
    }
    json::array receivers;
    for (const Outcome::Receiver& receiver : outcome.receivers) {
      json::object violations;
      for (const auto& [what, times] : receiver.violations) violations[what] = times;
      receivers.push_back(json::object{{"name", receiver.name},
                                       {"violations", std::move(violations)},
                                       {"samples", to_json(receiver.samples)}});
    }
    all.push_back(json::object{{"scenario", outcome.scenario->name},
                               {"description", outcome.scenario->description},
                               {"seed", outcome.seed},
                               {"figures", std::move(figures)},
                               {"expectations", std::move(expectations)},
                               {"receivers", std::move(receivers)}});
  }
  return json::serialize(json::object{{"calls", std::move(all)}}) + "\n";
}

}  // namespace penstock::quality
