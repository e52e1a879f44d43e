// The whole comparison: rounds in which each server has its turn, the search for the highest rate
// included, and what all rounds say together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/compare/run.h"
#include "bench/report/spread.h"

namespace penstock::compare {

inline constexpr double kLossMax = 0.001;  // of the highest rate

struct ComparisonOptions {
  std::size_t rounds = 5;
  bool searches_rate = true;
  double search_seconds = 1.5;             // of each try
  std::size_t search_tries = 4;            // in each round
  double packets_per_second_max = 16'000;  // of each publisher, in the search
  std::vector<std::string> only;           // names of servers; empty: all
  LoadSettings load;
  StartOptions start;
};

// One server's turn in one round.
struct Turn {
  std::size_t round = 0;
  std::string error;  // why there are no figures; empty: there are
  RunFigures run;
  std::optional<RunFigures> highest;  // of the try with the highest rate, in the search
  // Why, in the last try that failed, it may have been the load that could do no more; empty: it
  // was the server.
  std::string load_excuse;

  // Packets received per second.
  std::optional<double> highest_rate() const {
    if (!highest) return std::nullopt;
    return highest->load.received_per_second;
  }
};

struct ServerResult {
  Contender contender;
  std::string version;
  std::string reason;  // why it could not be run; empty: it could
  std::vector<Turn> turns;
};

struct Comparison {
  SoftirqBaseline baseline;
  std::vector<ServerResult> servers;
};

using bench::Spread;

// A figure of those turns that have it; nothing if none has.
using FigureOf = std::function<std::optional<double>(const Turn&)>;
std::optional<Spread> spread_over(const std::vector<Turn>& turns, const FigureOf& figure_of);

// `say` gets a line about each turn.
Comparison compare_servers(const ComparisonOptions& options,
                           const std::function<void(const std::string&)>& say);

}  // namespace penstock::compare
