// What a run of the scenario `rush` has found, and what it says of it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/churn/media_load.h"
#include "tests/churn/report.h"

namespace penstock::churn {

inline constexpr std::uint64_t kRushPerSecond = 100;  // who join

struct RushClocks {
  Timestamp at = 0;  // CLOCK_MONOTONIC
  // CPU time of the server's threads.
  Duration control = 0;
  Duration dtls = 0;
  Duration worker_waiting = 0;  // it was ready to run, but others had the CPU
  Duration worker_busy = 0;     // by the clock: what it waited is in it
};

struct RushPeriod {
  bool has_joins = false;
  RushClocks began = {};
  RushClocks ended = {};
};

struct RushOutcome {
  std::uint64_t subscribers = 0;  // of the media that was there before
  std::uint64_t joins = 0;
  std::vector<RushPeriod> periods = {};
  MediaOutcome media = {};
};

struct RushFigures {
  double joins_per_second = 0;
  // CPU time of a join and leave, less what the threads take without any.
  double control_ms_per_join = 0;
  double dtls_ms_per_join = 0;
  // Of the worker: the share of the time in which it had work; without joins.
  double busy_share = 0;
  // Of the worker: without joins, and beside them.
  double waiting_share_quiet = 0;
  double waiting_share_beside = 0;
  // Medians over the windows of media of each kind.
  double p99_quiet_ns = 0;
  double p99_beside_ns = 0;
};

// The share of the time between the two in which the worker had work.
double busy_share(const RushClocks& began, const RushClocks& ended);
RushFigures rush_figures(const RushOutcome& outcome);
// Why nothing can be said of what was not reached; empty if it can.
std::string why_no_verdict(const RushOutcome& outcome, const RushFigures& figures);
Report rush_report(const RushOutcome& outcome);

}  // namespace penstock::churn
