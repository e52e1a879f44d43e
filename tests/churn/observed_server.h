// A penstock process in a network of its own, watched from outside: its memory along the run, and
// its objects before and after.
#pragma once

#include <string>

#include "tests/churn/lifetimes.h"
#include "tests/churn/report.h"
#include "tests/churn/resident_memory.h"
#include "tests/integration/harness/server.h"

namespace penstock::churn {

class ObservedServer {
 public:
  // Starts it, with this configuration (TOML) besides what watching needs.
  explicit ObservedServer(const std::string& config);

  pid_t pid() { return server_.process().pid(); }
  // Takes the baseline, once nothing moves any more.
  void take_baseline();
  // What it has from malloc once it is back at the baseline, or has not come back for long, and two
  // looks agree: when the pools are back, what ended last is still being put away.
  std::uint64_t heap_bytes_at_rest();
  // Waits until the server is back at it, and puts the proof into the report: `baseline_exact`, the
  // pools, the time from retire to reclaim.
  void report_baseline(Report& report);
  // Ends it, and reports whether it left as it should.
  void stop(Report& report);

 private:
  integration::Server server_;
  Lifetimes baseline_;
};

}  // namespace penstock::churn
