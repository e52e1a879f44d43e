#include "bench/compare/comparison.h"

#include <algorithm>
#include <cstdio>

#include "bench/compare/rate_search.h"

namespace penstock::compare {
namespace {

using Say = std::function<void(const std::string&)>;
using Measure = std::function<RunFigures(const LoadSettings&)>;

// Whether a server takes a rate. Other programs on this machine spoil a try now and then, so one of
// two is enough. What was sent and came counts, whatever was asked for and whatever the load thinks
// of itself; but where it has not kept up, the search does not go on, and nobody knows who could
// have done more.
bool takes_rate(const Measure& measure, const LoadSettings& load, Turn& turn) {
  const double asked =
      load.packets_per_second * static_cast<double>(load.publishers * load.subscribers);
  std::string excuse;
  for (int i = 0; i < 2; ++i) {
    try {
      const RunFigures figures = measure(load);
      const double rate = figures.load.received_per_second;
      const bool is_whole = figures.load.loss <= kLossMax;
      if (is_whole && rate > turn.highest_rate().value_or(0)) turn.highest = figures;
      if (is_whole && rate >= 0.9 * asked) return true;
      excuse = figures.load.bottleneck_reason;
    } catch (const std::runtime_error& error) {
      excuse = error.what();  // such as peers that did not connect
    }
  }
  turn.load_excuse = excuse;
  return false;
}

void search_rate(const ComparisonOptions& options, double first, const Measure& measure,
                 Turn& turn) {
  RateSearch search({.first = first,
                     .max = options.packets_per_second_max,
                     .tries = options.search_tries,
                     .precision = 0.1});
  LoadSettings load = options.load;
  load.seconds = options.search_seconds;
  load.warmup_seconds = 0.5;
  load.decrypt_share = 0.01;
  while (!search.is_done()) {
    load.packets_per_second = search.next();
    search.report(takes_rate(measure, load, turn));
  }
  if (search.best() >= options.packets_per_second_max)
    turn.load_excuse = "it was asked for no more";
}

std::string describe(const ServerResult& server, const Turn& turn) {
  if (!turn.error.empty()) return server.contender.name + ": " + turn.error;
  char text[200];
  std::snprintf(
      text, sizeof(text), "%-18s round %zu: %6.0f + %5.0f ns/packet, %5.2f %% lost, p99 %.2f ms",
      server.contender.name.c_str(), turn.round, turn.run.cpu_ns_per_packet,
      turn.run.softirq_ns_per_packet, 100 * turn.run.load.loss, turn.run.load.delay_p99_ns / 1e6);
  std::string line = text;
  if (const auto rate = turn.highest_rate()) {
    std::snprintf(text, sizeof(text), ", up to %.0f packets/s%s", *rate,
                  turn.load_excuse.empty() ? "" : "; then the load: ");
    line += text + turn.load_excuse;
  }
  if (turn.run.load.is_bottleneck) line += "; the load: " + turn.run.load.bottleneck_reason;
  return line;
}

// Where the next search begins: below what was found before.
double first_rate(const ComparisonOptions& options, const ServerResult& server) {
  const auto found =
      spread_over(server.turns, [](const Turn& turn) { return turn.highest_rate(); });
  if (!found) return 4 * options.load.packets_per_second;
  const auto receivers = static_cast<double>(options.load.publishers * options.load.subscribers);
  return std::clamp(0.9 * found->median / receivers, 10.0, options.packets_per_second_max);
}

// A network and a server for this measurement alone: what one overload leaves behind is not the
// next one's.
RunFigures measure_alone(const ComparisonOptions& options, const SoftirqBaseline& baseline,
                         const Contender& contender, const LoadSettings& load) {
  Network network(contender.kernel_has_media);
  const auto server = start_server(contender, options.start);
  return measure_run(load, network, *server, baseline);
}

void take_turn(const ComparisonOptions& options, const SoftirqBaseline& baseline, std::size_t round,
               ServerResult& server) {
  const auto measure = [&](const LoadSettings& load) {
    return measure_alone(options, baseline, server.contender, load);
  };
  Turn turn;
  turn.round = round;
  try {
    turn.run = measure(options.load);
    if (options.searches_rate) search_rate(options, first_rate(options, server), measure, turn);
  } catch (const std::runtime_error& error) {
    turn.error = error.what();
  }
  server.turns.push_back(std::move(turn));
}

std::vector<ServerResult> servers_of(const ComparisonOptions& options) {
  std::vector<ServerResult> servers;
  for (const Contender& contender : contenders()) {
    if (!options.only.empty() && std::ranges::count(options.only, contender.name) == 0) continue;
    ServerResult server{.contender = contender, .version = {}, .reason = {}, .turns = {}};
    try {
      server.version = version_of(contender, options.start);
    } catch (const std::runtime_error& error) {
      server.reason = error.what();
    }
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace

std::optional<Spread> spread_over(const std::vector<Turn>& turns, const FigureOf& figure_of) {
  std::vector<double> figures;
  for (const Turn& turn : turns) {
    if (!turn.error.empty()) continue;
    if (const auto figure = figure_of(turn)) figures.push_back(*figure);
  }
  if (figures.empty()) return std::nullopt;
  return bench::spread_of(std::move(figures));
}

Comparison compare_servers(const ComparisonOptions& options, const Say& say) {
  Comparison comparison{.baseline = measure_softirq_baseline(), .servers = servers_of(options)};
  std::vector<ServerResult>& servers = comparison.servers;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    for (std::size_t i = 0; i < servers.size(); ++i) {
      // Another one begins each round: none always comes behind the same other.
      ServerResult& server = servers[(i + round) % servers.size()];
      if (!server.reason.empty()) continue;
      take_turn(options, comparison.baseline, round, server);
      say(describe(server, server.turns.back()));
    }
  }
  for (ServerResult& server : servers) {
    const bool has_figures =
        std::ranges::any_of(server.turns, [](const Turn& turn) { return turn.error.empty(); });
    if (server.reason.empty() && !has_figures && !server.turns.empty()) {
      server.reason = server.turns.front().error;
    }
  }
  return comparison;
}

}  // namespace penstock::compare
