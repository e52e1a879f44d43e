#include "bench/compare/report.h"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace penstock::compare {
namespace {

namespace json = boost::json;

struct Figure {
  const char* name;     // in the JSON
  const char* meaning;  // in a sentence
  FigureOf of;
  bool is_more_better = false;
};

double cost(const RunFigures& run) { return run.cpu_ns_per_packet + run.softirq_ns_per_packet; }

std::optional<double> highest_cost(const Turn& turn) {
  if (!turn.highest) return std::nullopt;
  return cost(*turn.highest);
}

// Of each run and, with their spread, of each server.
const std::vector<Figure>& figures() {
  static const std::vector<Figure> all = {
      {"cpu_ns_per_packet", "", [](const Turn& turn) { return turn.run.cpu_ns_per_packet; }},
      {"softirq_ns_per_packet", "",
       [](const Turn& turn) { return turn.run.softirq_ns_per_packet; }},
      {"busy_ns_per_packet", "", [](const Turn& turn) { return turn.run.busy_ns_per_packet; }},
      {"packets_per_second_at_01_loss", "", [](const Turn& turn) { return turn.highest_rate(); }},
      {"delay_p50_ns", "", [](const Turn& turn) { return turn.run.load.delay_p50_ns; }},
      {"delay_p99_ns", "", [](const Turn& turn) { return turn.run.load.delay_p99_ns; }},
      {"loss", "", [](const Turn& turn) { return turn.run.load.loss; }},
      {"cost_ns_per_packet_at_01_loss", "", highest_cost}};
  return all;
}

// What somebody can be better in.
const std::vector<Figure>& contests() {
  static const std::vector<Figure> all = {
      {"", "CPU time per packet", [](const Turn& turn) { return cost(turn.run); }},
      {"", "CPU time per packet at the highest rate", highest_cost},
      {"", "packets/s at 0.1 % loss", [](const Turn& turn) { return turn.highest_rate(); }, true},
      {"", "delay p50", [](const Turn& turn) { return turn.run.load.delay_p50_ns; }},
      {"", "delay p99", [](const Turn& turn) { return turn.run.load.delay_p99_ns; }}};
  return all;
}

json::value to_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return json::object{{"median", spread->median}, {"q1", spread->q1}, {"q3", spread->q3}};
}

json::value to_json(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

bool is_load_the_limit(const ServerResult& server) {
  for (const Turn& turn : server.turns) {
    if (!turn.load_excuse.empty()) return true;
  }
  return false;
}

json::object to_json(const Turn& turn) {
  json::object object{{"round", turn.round}, {"error", text_or_null(turn.error)}};
  if (!turn.error.empty()) return object;
  for (const Figure& figure : figures()) object[figure.name] = to_json(figure.of(turn));
  object["machine_softirq_ns_per_packet"] = turn.run.machine_softirq_ns_per_packet;
  object["load_cpu_ns_per_packet"] = turn.run.load_cpu_ns_per_packet;
  object["busy_share"] = to_json(turn.run.busy_share);
  object["rate_is_limited_by_load"] = !turn.load_excuse.empty();
  object["load_excuse"] = text_or_null(turn.load_excuse);
  object["load"] = turn.run.load.report;
  return object;
}

json::object to_json(const ServerResult& server) {
  json::object object{{"name", server.contender.name},
                      {"version", server.version},
                      {"available", server.reason.empty()},
                      {"reason", text_or_null(server.reason)}};
  for (const Figure& figure : figures()) {
    object[figure.name] = to_json(spread_over(server.turns, figure.of));
  }
  object["rate_is_limited_by_load"] = is_load_the_limit(server);
  json::array runs;
  for (const Turn& turn : server.turns) runs.push_back(to_json(turn));
  object["runs"] = std::move(runs);
  return object;
}

// "1,234" would be two cells in some tables: plain figures.
std::string cell(const std::optional<Spread>& spread, double unit, int decimals) {
  if (!spread) return "-";
  std::array<char, 80> text;
  std::snprintf(text.data(), text.size(), "%.*f (%.*f-%.*f)", decimals, spread->median / unit,
                decimals, spread->q1 / unit, decimals, spread->q3 / unit);
  return text.data();
}

std::string row(const std::array<std::string, 9>& cells) {
  std::array<char, 400> text;
  std::snprintf(text.data(), text.size(), "%-18s %20s %14s %18s %20s %18s %17s %17s %7s\n",
                cells[0].c_str(), cells[1].c_str(), cells[2].c_str(), cells[3].c_str(),
                cells[4].c_str(), cells[5].c_str(), cells[6].c_str(), cells[7].c_str(),
                cells[8].c_str());
  return text.data();
}

std::string row(const ServerResult& server) {
  if (!server.reason.empty()) {
    return server.contender.name + ": could not be run: " + server.reason + "\n";
  }
  const auto of = [&](std::size_t figure) {
    return spread_over(server.turns, figures()[figure].of);
  };
  std::string rate = cell(of(3), 1e3, 1);
  if (rate != "-" && is_load_the_limit(server)) rate += "*";
  std::array<char, 20> loss;
  std::snprintf(loss.data(), loss.size(), "%.3f", 100 * of(6).value_or(Spread{}).median);
  return row({server.contender.name, cell(of(0), 1, 0), cell(of(1), 1, 0), cell(of(2), 1, 0), rate,
              cell(of(7), 1, 0), cell(of(4), 1e6, 2), cell(of(5), 1e6, 2), loss.data()});
}

// The best Penstock's figure, and its name.
const ServerResult* best_penstock(const Comparison& comparison, const Figure& contest) {
  const ServerResult* best = nullptr;
  double best_figure = 0;
  for (const ServerResult& server : comparison.servers) {
    const auto spread = spread_over(server.turns, contest.of);
    if (!server.contender.is_penstock || !spread) continue;
    const bool is_better =
        contest.is_more_better ? spread->median > best_figure : spread->median < best_figure;
    if (best != nullptr && !is_better) continue;
    best = &server;
    best_figure = spread->median;
  }
  return best;
}

}  // namespace

Occasion this_occasion() {
  std::string cpu = "unknown CPU";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    cpu = line.substr(line.find(": ") + 2);
    break;
  }
  utsname kernel{};
  ::uname(&kernel);
  double load_average = 0;
  std::ifstream("/proc/loadavg") >> load_average;
  const time_t now = ::time(nullptr);
  tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 40> date;
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {.machine = cpu + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) +
                     " CPUs, Linux " + kernel.release,
          .date = date.data(),
          .load_average = load_average};
}

json::object to_json(const ComparisonOptions& options, const Comparison& comparison,
                     const Occasion& occasion) {
  const SoftirqBaseline& softirq = comparison.baseline;
  json::array servers;
  for (const ServerResult& server : comparison.servers) servers.push_back(to_json(server));
  return {{"machine", occasion.machine},
          {"date", occasion.date},
          {"load_average", occasion.load_average},
          {"rounds", options.rounds},
          {"options",
           {{"publishers", options.load.publishers},
            {"subscribers", options.load.subscribers},
            {"packets_per_second_of_publisher", options.load.packets_per_second},
            {"payload_bytes", options.load.payload_bytes},
            {"profile", options.load.profile},
            {"seconds", options.load.seconds},
            {"janus_library_path", text_or_null(options.start.janus_library_path)}}},
          {"softirq",
           {{"counted_apart", softirq.is_counted_apart},
            {"is_known", softirq.is_known},
            {"idle_ns_per_second", softirq.machine_ns_per_s}}},
          {"servers", std::move(servers)}};
}

std::string to_table(const ComparisonOptions& options, const Comparison& comparison,
                     const Occasion& occasion) {
  const LoadSettings& load = options.load;
  std::array<char, 300> text;
  std::snprintf(
      text.data(), text.size(),
      "%zu publishers x %zu subscribers, %.0f packets/s each, %zu bytes, %s; %zu rounds of "
      "%.1f s, medians (quartiles)\n",
      load.publishers, load.subscribers, load.packets_per_second, load.payload_bytes,
      load.profile.c_str(), options.rounds, load.seconds);
  std::string table = occasion.machine + ", " + occasion.date + "\n" + text.data();
  std::snprintf(text.data(), text.size(), "load average before: %.1f\n", occasion.load_average);
  table += text.data();
  table += row({"", "CPU ns/packet", "+ softirq", "busy ns/packet", "kpps at 0.1 % loss",
                "ns/packet there", "delay p50 ms", "p99 ms", "loss %"});
  for (const ServerResult& server : comparison.servers) table += row(server);
  if (std::ranges::any_of(comparison.servers, is_load_the_limit))
    table += "* in a round or more it may have been the load generator that could do no more\n";
  table += "softirq: ";
  table += comparison.baseline.is_counted_apart
               ? "the kernel counts it apart from threads; all of the machine's is here\n"
               : "the kernel counts it as the time of the thread it runs on, so it is in the first "
                 "column;\nhere is what its own threads (ksoftirqd) did\n";
  for (const std::string& line : where_penstock_loses(comparison)) table += line + "\n";
  return table;
}

std::vector<std::string> where_penstock_loses(const Comparison& comparison) {
  std::vector<std::string> lines;
  for (const Figure& contest : contests()) {
    const ServerResult* best = best_penstock(comparison, contest);
    if (best == nullptr) continue;
    const double ours = spread_over(best->turns, contest.of)->median;
    for (const ServerResult& server : comparison.servers) {
      const auto theirs = spread_over(server.turns, contest.of);
      if (server.contender.is_penstock || !theirs) continue;
      const bool is_better = contest.is_more_better ? theirs->median > ours : theirs->median < ours;
      if (!is_better) continue;
      std::array<char, 200> line;
      std::snprintf(line.data(), line.size(), "Penstock loses to %s in %s: %.2f of %s",
                    server.contender.name.c_str(), contest.meaning, theirs->median / ours,
                    best->contender.name.c_str());
      lines.emplace_back(line.data());
    }
  }
  return lines;
}

}  // namespace penstock::compare
