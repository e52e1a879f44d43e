// The page of report.h: for each call what is expected, what was measured, and four pictures of it
// over time.
#include <algorithm>

#include "bench/quality/report.h"
#include "bench/report/plot.h"
#include "bench/report/style.h"
#include "bench/report/svg.h"
#include "bench/report/text.h"

namespace penstock::quality {
namespace {

using bench::escaped;
using bench::text;

// Beside kPageStyle.
constexpr const char* kCallStyle = R"(
h2 { margin: 2.6rem 0 .2rem; }
a { color: inherit; }
)";

bench::PlotLine line(std::string name, std::size_t color, const std::vector<Sample>& samples,
                     double (*value)(const Sample&)) {
  bench::PlotLine made{
      .name = std::move(name), .color = std::string(bench::chart_color(color)), .points = {}};
  for (const Sample& sample : samples)
    made.points.push_back({static_cast<double>(sample.at) / 1e9, value(sample)});
  return made;
}

std::string chart(std::string title, std::string unit, std::vector<bench::PlotLine> lines) {
  return "<div class=\"box\">" +
         to_svg(bench::Plot{.title = std::move(title),
                            .x = {.label = "seconds"},
                            .y = {.label = std::move(unit)},
                            .lines = std::move(lines)}) +
         "</div>\n";
}

std::string charts_of(const Outcome& outcome) {
  std::string html;
  std::vector<bench::PlotLine> widths;
  std::vector<bench::PlotLine> queues;
  std::vector<bench::PlotLine> losses;
  std::size_t color = 0;
  for (const Outcome::Receiver& receiver : outcome.receivers) {
    const auto& samples = receiver.samples;
    if (samples.empty()) continue;
    std::vector<bench::PlotLine> rates;
    rates.push_back(line("sent", 0, samples, [](const Sample& s) { return s.sent_kbps; }));
    const bool has_estimate =
        std::ranges::any_of(samples, [](const Sample& s) { return s.estimate_kbps > 0; });
    if (has_estimate) {
      rates.push_back(
          line("estimate", 1, samples, [](const Sample& s) { return s.estimate_kbps; }));
    }
    if (samples.front().link_kbps > 0)
      rates.push_back(line("link", 2, samples, [](const Sample& s) { return s.link_kbps; }));
    html += chart("Rate: " + receiver.name, "kb/s", std::move(rates));
    widths.push_back(line(receiver.name, color, samples, [](const Sample& s) { return s.width; }));
    queues.push_back(
        line(receiver.name, color, samples, [](const Sample& s) { return s.queue_ms; }));
    losses.push_back(
        line(receiver.name + ": lost", color, samples, [](const Sample& s) { return s.lost; }));
    losses.push_back(line(receiver.name + ": stands still", color + 1, samples,
                          [](const Sample& s) { return s.is_frozen ? 1.0 : 0.0; }));
    color += 2;
  }
  html += chart("Picture that is sent", "pixels wide", std::move(widths));
  html += chart("Queue at the bottleneck", "ms", std::move(queues));
  html += chart("Losses and freezes", "packets in 100 ms", std::move(losses));
  return html;
}

std::string row_of(const Outcome& outcome, const std::string& figure) {
  const auto& expectations = outcome.scenario->expectations;
  const auto expectation = std::ranges::find(expectations, figure, &Expectation::figure);
  const auto value = outcome.figures.find(figure);
  std::string row = "<tr><td>" + escaped(figure) + "</td><td class=\"number\">";
  row += value == outcome.figures.end() ? "-" : text("%.3f", value->second);
  if (expectation == expectations.end()) return row + "</td><td></td><td></td></tr>\n";
  const bool is_good = is_met(*expectation, outcome.figures);
  return row +
         text("</td><td>%s %g</td>", expectation->is_minimum ? "at least" : "at most",
              expectation->limit) +
         (is_good ? "<td class=\"met\">met</td></tr>\n"
                  : "<td class=\"missed\">missed</td></tr>\n");
}

std::string table_of(const Outcome& outcome) {
  std::string rows;
  for (const auto& [name, value] : outcome.figures) rows += row_of(outcome, name);
  for (const Expectation& expectation : outcome.scenario->expectations) {
    if (!outcome.figures.contains(expectation.figure)) rows += row_of(outcome, expectation.figure);
  }
  return "<div class=\"box\"><table><tr><th>figure</th><th class=\"number\">measured</th>"
         "<th>expected</th><th></th></tr>\n" +
         rows + "</table></div>\n";
}

std::string contents(std::span<const Outcome> outcomes) {
  std::string rows;
  for (const Outcome& outcome : outcomes) {
    const std::string name = escaped(outcome.scenario->name);
    rows += "<tr><td><a href=\"#" + name + "\">" + name + "</a></td><td>" +
            escaped(outcome.scenario->description) + "</td>" +
            (outcome.is_good() ? "<td class=\"met\">as expected</td>"
                               : "<td class=\"missed\">not as expected</td>") +
            "</tr>\n";
  }
  return "<div class=\"box\"><table>" + rows + "</table></div>\n";
}

}  // namespace

std::string to_html(std::span<const Outcome> outcomes) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Penstock: calls over bad networks</title>\n<style>" +
      std::string(bench::kPageStyle) + kCallStyle +
      "</style></head>\n<body>\n<h1>Penstock: calls over bad networks</h1>\n<p class=\"soft\">The "
      "whole server in virtual time, clients with models of an encoder and a decoder, links with "
      "rates, queues, delays and losses. The same seed gives the same call.</p>\n" +
      contents(outcomes);
  for (const Outcome& outcome : outcomes) {
    const std::string name = escaped(outcome.scenario->name);
    html += "<h2 id=\"" + name + "\">" + name + "</h2>\n<p>" +
            escaped(outcome.scenario->description) +
            text(" Seed %llu.</p>\n", static_cast<unsigned long long>(outcome.seed)) +
            table_of(outcome) + "<div class=\"charts\">\n" + charts_of(outcome) + "</div>\n";
  }
  return html + "</body></html>\n";
}

}  // namespace penstock::quality
