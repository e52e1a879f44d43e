// What the program can do. Each runs to its end and reports; a run that cannot go on throws
// std::runtime_error.
#pragma once

#include "tests/churn/options.h"
#include "tests/churn/report.h"

namespace penstock::churn {

Report run_rooms(const Options& options);
Report run_rooms_beside_janus(const Options& options);
Report run_objects(const Options& options);
Report run_joins(const Options& options);
Report run_rush(const Options& options);
Report run_sessions(const Options& options);
Report run_whip(const Options& options);
Report run_stops(const Options& options);

}  // namespace penstock::churn
