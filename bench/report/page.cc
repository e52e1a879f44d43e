#include "bench/report/page.h"

#include <algorithm>
#include <cstdio>

#include "bench/report/charts.h"
#include "bench/report/goals.h"
#include "bench/report/style.h"
#include "bench/report/svg.h"
#include "bench/report/text.h"

namespace penstock::bench {
namespace {

// Beside kPageStyle.
constexpr const char* kReportStyle = R"(
table { width: 100%; }
summary { cursor: pointer; color: var(--soft); margin-bottom: .6rem; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
)";

struct Cell {
  std::string html;
  const char* kind = "";  // a class of the style
};

std::string row(const std::vector<Cell>& cells, const char* tag = "td") {
  std::string html = "<tr>";
  for (const Cell& cell : cells) {
    html += std::string("<") + tag;
    if (*cell.kind != '\0') html += std::string(" class=\"") + cell.kind + "\"";
    html += ">" + cell.html + "</" + tag + ">";
  }
  return html + "</tr>\n";
}

std::string box(const std::string& inside) {
  return inside.empty() ? std::string() : "<div class=\"box\">" + inside + "</div>\n";
}

std::string table(const std::vector<Cell>& heads, const std::string& rows) {
  return rows.empty() ? std::string() : box("<table>" + row(heads, "th") + rows + "</table>");
}

std::string section(const std::string& title, const std::string& inside) {
  return inside.empty() ? std::string() : "<h2>" + title + "</h2>\n" + inside;
}

Cell verdict(const std::optional<bool>& is_met) {
  if (!is_met) return {"-"};
  return *is_met ? Cell{"met", "met"} : Cell{"missed", "missed"};
}

// Long tables are opened by who wants them.
std::string folded(const std::string& summary, const std::string& inside) {
  if (inside.empty()) return {};
  return "<details><summary>" + summary + "</summary>\n" + inside + "</details>\n";
}

std::string goals_table(const json::value& document) {
  std::string rows;
  for (const Goal& goal : judge(document)) {
    std::string measured = escaped(goal.measured);
    if (!goal.note.empty()) measured += " <span class=\"soft\">" + escaped(goal.note) + "</span>";
    rows += row({{escaped(goal.what)}, {escaped(goal.limit)}, {measured}, verdict(goal.is_met)});
  }
  return table({{"goal"}, {"limit"}, {"measured (quartiles)"}, {""}}, rows);
}

std::string drops_of(const json::value& run) {
  json::error_code error;
  const json::value* drops = run.find_pointer("/result/drops", error);
  if (drops == nullptr || !drops->is_object()) return {};
  std::string list;
  for (const auto& [reason, count] : drops->as_object()) {
    if (!list.empty()) list += ", ";
    list += escaped(reason) + " " + svg_number(count.is_number() ? count.to_number<double>() : 0);
  }
  return list;
}

// ipsec-mb has no batch of the same kind for every profile.
std::string library_time(const json::value& run) {
  const double ns = number_at(run, "/result/library_cipher_ns_per_packet").value_or(0);
  return ns == 0 ? "-" : text("%.1f", ns);
}

std::string pipeline_table(const json::value& document) {
  std::string rows;
  for (const json::value& run : array_at(document, "/pipeline")) {
    const auto of = [&](const char* pointer) { return number_at(run, pointer).value_or(0); };
    rows += row(
        {{escaped(run_title(run))},
         {text("%.2f", of("/result/packets_per_second") / 1e6), "number"},
         {text("%.2f", of("/result/packets_per_cpu_second") / 1e6), "number"},
         {text("%.1f (%.1f-%.1f)", of("/result/ns_per_packet"),
               of("/result/ns_per_packet_spread/q1"), of("/result/ns_per_packet_spread/q3")),
          "number"},
         {text("%.1f", of("/result/ns_per_packet") - of("/result/cipher_ns_per_packet")), "number"},
         {library_time(run), "number"},
         {text("%.1f / %.1f / %.1f", of("/result/latency_ns/p50") / 1e3,
               of("/result/latency_ns/p99") / 1e3, of("/result/latency_ns/p999") / 1e3),
          "number"},
         {text("%.0f", of("/result/packets_in_use_max")), "number"}});
  }
  return table({{"publishers x subscribers"},
                {"Mpps by the clock", "number"},
                {"Mpps of CPU time", "number"},
                {"ns per packet", "number"},
                {"without cipher", "number"},
                {"ipsec-mb alone", "number"},
                {"p50 / p99 / p99.9 us", "number"},
                {"buffers in use", "number"}},
               rows);
}

// Who lost what at a ring that drains at the rate of its link.
std::string drain_table(const json::value& document) {
  std::string rows;
  for (const json::value& run : array_at(document, "/drain")) {
    for (const json::value& one : array_at(run, "/result/cases")) {
      const auto of = [&](const char* pointer) { return number_at(one, pointer).value_or(0); };
      rows += row({{svg_number(number_at(run, "/result/gbps").value_or(0)), "number"},
                   {escaped(text_at(one, "/name"))},
                   {text("%.0f", 100 * of("/link_load")), "number"},
                   {text("%.3f", of("/lost_percent")), of("/lost") == 0 ? "number" : "missed"},
                   {text("%.0f", of("/receivers_of_nothing")), "number"},
                   {text("%.1f", of("/spread_ns/p50") / 1e3), "number"},
                   {text("%.1f", of("/wire_spread_ns") / 1e3), "number"}});
    }
  }
  return table({{"Gb/s", "number"},
                {"a ring that drains"},
                {"link load %", "number"},
                {"lost %", "number"},
                {"get nothing", "number"},
                {"first to last packet us", "number"},
                {"the wire's own us", "number"}},
               rows);
}

std::string drops_table(const json::value& document) {
  std::string rows;
  for (const json::value& run : array_at(document, "/pipeline")) {
    const std::string drops = drops_of(run);
    if (!drops.empty()) rows += row({{escaped(run_title(run))}, {drops}});
  }
  return table({{"publishers x subscribers"}, {"dropped, by reason"}}, rows);
}

std::string scaling_table(const json::value& document) {
  const std::pair<const char*, const char*> setups[] = {{"one_worker", "one room on one worker"},
                                                        {"sharded_room", "one room on two workers"},
                                                        {"two_rooms", "two rooms on two workers"}};
  std::string rows;
  for (const auto& [key, title] : setups) {
    const std::string base = std::string("/scaling/result/") + key;
    const auto clock = spread_at(document, base + "/ratio");
    const auto cpu = spread_at(document, base + "/cpu_ratio");
    if (!clock || !cpu) continue;
    const auto of = [&](const char* what) { return number_at(document, base + what).value_or(0); };
    const auto ratio = [](const Spread& spread) {
      return spread.count == 0 ? std::string("-")
                               : text("%.2f (%.2f-%.2f)", spread.median, spread.q1, spread.q3);
    };
    rows += row(
        {{title},
         {clock->count == 0 ? "-" : text("%.2f", of("/packets_per_second/median") / 1e6), "number"},
         {ratio(*clock), "number"},
         {text("%zu", clock->count), "number"},
         {text("%.2f", of("/packets_per_cpu_second/median") / 1e6), "number"},
         {ratio(*cpu), "number"}});
  }
  return table({{"scaling"},
                {"Mpps by the clock", "number"},
                {"times one worker's", "number"},
                {"undisturbed windows", "number"},
                {"Mpps of CPU time", "number"},
                {"times one worker's", "number"}},
               rows);
}

std::string comparison_section(const json::value& document) {
  const std::string missing = text_at(document, "/comparison/missing");
  if (!missing.empty()) {
    return section("Comparison",
                   "<p class=\"soft\">Not in this report: " + escaped(missing) + "</p>\n");
  }
  std::string rows;
  for (const json::value& server : array_at(document, "/comparison/result/servers")) {
    const auto of = [&](const std::string& figure, double unit) {
      const auto spread = spread_at(server, "/" + figure);
      if (!spread) return Cell{"-", "number"};
      return Cell{
          text("%.2f (%.2f-%.2f)", spread->median / unit, spread->q1 / unit, spread->q3 / unit),
          "number"};
    };
    const std::string reason = text_at(server, "/reason");
    const std::string about = reason.empty() ? text_at(server, "/version") : "not run: " + reason;
    rows += row({{escaped(text_at(server, "/name")) + "<br><span class=\"soft\">" + escaped(about) +
                  "</span>"},
                 of("cpu_ns_per_packet", 1e3),
                 of("softirq_ns_per_packet", 1e3),
                 of("packets_per_second_at_01_loss", 1e3),
                 of("delay_p50_ns", 1e6),
                 of("delay_p99_ns", 1e6),
                 of("loss", 0.01)});
  }
  const std::string charts = "<div class=\"charts\">\n" + box(comparison_cost_chart(document)) +
                             box(comparison_delay_chart(document)) + "</div>\n";
  return section("Comparison, same load, in turns",
                 charts + table({{"server"},
                                 {"CPU us per packet", "number"},
                                 {"+ softirq us", "number"},
                                 {"kpps at 0.1 % loss", "number"},
                                 {"delay p50 ms", "number"},
                                 {"p99 ms", "number"},
                                 {"loss %", "number"}},
                                rows));
}

std::string micro_table(const json::value& document) {
  std::string rows;
  for (const json::value& benchmark : array_at(document, "/micro/benchmarks")) {
    const auto ns = spread_at(benchmark, "/cpu_ns");
    if (!ns) continue;
    rows += row({{"<code>" + escaped(text_at(benchmark, "/name")) + "</code>"},
                 {text("%.2f", ns->min), "number"},
                 {text("%.2f", ns->median), "number"},
                 {text("%.2f-%.2f", ns->q1, ns->q3), "number"}});
  }
  return folded(
      "All steps",
      table({{"step"}, {"best ns", "number"}, {"median", "number"}, {"quartiles", "number"}},
            rows));
}

std::string against_table(const Against& older) {
  const std::vector<Ratio>& ratios = older.ratios;
  std::string rows;
  for (const Ratio& ratio : ratios) {
    Cell mark{"within noise", "soft"};
    if (ratio.change == Change::kBetter) mark = {"better", "met"};
    if (ratio.change == Change::kWorse) mark = {"worse", "missed"};
    rows += row({{escaped(ratio.what)},
                 {text("%.2f", ratio.before.median), "number"},
                 {text("%.2f", ratio.now.median), "number"},
                 {text("%.3f", ratio.ratio), "number"},
                 {text("%.3f-%.3f", ratio.low, ratio.high), "number"},
                 mark});
  }
  const auto count = [&](Change change) {
    return std::ranges::count(ratios, change, &Ratio::change);
  };
  const std::string summary = text("%zu figures: %td better, %td worse, the others within noise",
                                   ratios.size(), count(Change::kBetter), count(Change::kWorse));
  return folded(summary, table({{"to the older report"},
                                {"ns before", "number"},
                                {"ns now", "number"},
                                {"ratio", "number"},
                                {"bounds", "number"},
                                {""}},
                               rows));
}

std::string commands(const json::value& document) {
  std::string rows;
  const auto add = [&](const std::string& what, const std::string& command) {
    if (!command.empty()) {
      rows += row({{escaped(what)}, {"<code>" + escaped(command) + "</code>"}});
    }
  };
  for (const json::value& run : array_at(document, "/pipeline")) {
    add(text_at(run, "/name"), text_at(run, "/command"));
  }
  for (const json::value& run : array_at(document, "/drain")) {
    add("drain " + text_at(run, "/name"), text_at(run, "/command"));
  }
  add("scaling", text_at(document, "/scaling/command"));
  add("micro", text_at(document, "/micro/command"));
  add("comparison", text_at(document, "/comparison/command"));
  return table({{"figures"}, {"command"}}, rows);
}

std::string heading(const json::value& document) {
  const auto of = [&](const char* pointer) { return escaped(text_at(document, pointer)); };
  return "<h1>Penstock: benchmarks</h1>\n<p>" + of("/machine/cpu") + ", " +
         svg_number(number_at(document, "/machine/cores").value_or(0)) + " cores, " +
         of("/machine/kernel") + "</p>\n<p class=\"soft\">" + of("/date") + ", revision " +
         of("/revision") + ", " + of("/mode") + " run, load average at its end " +
         of("/machine/load") +
         ". Medians and quartiles; times are CPU time unless they say by the clock. Compare "
         "figures of one "
         "report, not of two machines.</p>\n";
}

}  // namespace

std::string to_html(const json::value& document, const Against& older) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Penstock: benchmarks</title>\n<style>" +
      std::string(kPageStyle) + kReportStyle + "</style></head>\n<body>\n" + heading(document);
  html += section("Goals", goals_table(document));
  html += section("Against the older report", against_table(older));
  html += section("A worker, without a network",
                  "<div class=\"charts\">\n" + box(stage_chart(document)) +
                      box(throughput_chart(document)) + box(latency_chart(document)) +
                      box(scaling_chart(document)) + "</div>\n" + pipeline_table(document) +
                      drops_table(document) + drain_table(document) + scaling_table(document));
  html += comparison_section(document);
  html += section("Single steps", "<div class=\"charts\">\n" + box(cipher_chart(document, "1100")) +
                                      box(cipher_chart(document, "100")) + "</div>\n" +
                                      micro_table(document));
  html += section("Commands", folded("What each figure was measured with", commands(document)));
  return html + "</body></html>\n";
}

std::string to_summary(const json::value& document) {
  std::string summary;
  for (const json::value& run : array_at(document, "/pipeline")) {
    const auto of = [&](const char* pointer) { return number_at(run, pointer).value_or(0); };
    summary += text("  %-40s %7.1f ns (ipsec-mb alone %5s)  p99 %8.1f us\n", run_title(run).c_str(),
                    of("/result/ns_per_packet"), library_time(run).c_str(),
                    of("/result/latency_ns/p99") / 1e3);
  }
  for (const Goal& goal : judge(document)) {
    const char* mark = !goal.is_met ? "-" : *goal.is_met ? "met" : "MISSED";
    summary += text("  %-6s %-72s %s\n", mark, goal.what.c_str(), goal.measured.c_str());
  }
  const std::string missing = text_at(document, "/comparison/missing");
  if (!missing.empty()) summary += "  no comparison: " + missing + "\n";
  return summary;
}

}  // namespace penstock::bench
