// What penstock-bench shows: a table for people, JSON for programs.
#pragma once

#include <string>

#include "bench/pipeline/measurement.h"

namespace penstock::bench {

std::string to_table(const BenchOptions& options, const Measurement& measurement);
std::string to_json(const BenchOptions& options, const Measurement& measurement);

}  // namespace penstock::bench
