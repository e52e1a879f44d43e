// What penstock-quality says about its calls: a table for a terminal, JSON for programs, and a page
// that needs nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/quality/figures.h"

namespace penstock::quality {

// One scenario's call.
struct Outcome {
  const Scenario* scenario = nullptr;
  std::uint64_t seed = 0;
  Figures figures;
  // Over time, of a few receivers; and what was wrong with how many frames.
  struct Receiver {
    std::string name;
    std::vector<Sample> samples;
    std::map<std::string, std::size_t> violations;
  };
  std::vector<Receiver> receivers;

  bool is_good() const;
};

Outcome outcome_of(const Scenario& scenario, std::uint64_t seed, const CallRecord& call);

std::string to_table(const Outcome& outcome);
std::string to_json(std::span<const Outcome> outcomes);
std::string to_html(std::span<const Outcome> outcomes);

}  // namespace penstock::quality
