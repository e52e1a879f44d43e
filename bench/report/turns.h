// Two builds of penstock-bench that ran in turns with the same options, so that what else the
// machine does meets both: ratios of their figures, turn by turn. Beside a report of another day
// (against.h) this needs no allowance for the machine's drift. Pure functions.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "bench/report/document.h"

namespace penstock::bench {

// What each build's --json has of one turn.
struct Turn {
  json::value other;
  json::value ours;
};

struct TurnFigure {
  std::string name;
  Spread other;
  Spread ours;
  Spread ratio;  // ours to the other's, of each turn
  double ratio_of_medians = 0;
};

struct TurnComparison {
  std::vector<TurnFigure> figures;
  std::string note;  // how the builds differ apart from their code; empty: not
};

// Error: why the two cannot be compared.
std::expected<TurnComparison, std::string> compare_turns(std::span<const Turn> turns);

std::string to_table(const TurnComparison& comparison);
json::value to_json(const TurnComparison& comparison);

}  // namespace penstock::bench
