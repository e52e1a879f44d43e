// What penstock-load shows at its end: a table for people, JSON for programs.
#pragma once

#include <string>

#include "bench/load/options.h"
#include "bench/load/result.h"

namespace penstock::load {

std::string to_table(const LoadOptions& options, const LoadResult& result);
std::string to_json(const LoadOptions& options, const LoadResult& result);

}  // namespace penstock::load
