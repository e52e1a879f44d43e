// One run: a server that is up, penstock-load against it, and what the machine's clocks say of the
// server between the load's "steady: begin" and "steady: end".
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/compare/contender.h"
#include "bench/compare/network.h"
#include "bench/compare/proc_files.h"

namespace penstock::compare {

// What penstock-load is told.
struct LoadSettings {
  std::string program;
  int cpu = -1;  // to be pinned to; -1: none
  std::size_t publishers = 2;
  std::size_t subscribers = 16;
  double packets_per_second = 500;  // of each publisher
  std::size_t payload_bytes = 1'100;
  std::string profile = "gcm128";
  double warmup_seconds = 1;
  double seconds = 3;
  double decrypt_share = 0.05;
};

// How the kernel counts soft interrupts, and how much there is of them when nothing happens.
struct SoftirqBaseline {
  // Apart from the threads on top of whose work they run. Without: such time is those threads'.
  bool is_counted_apart = false;
  bool is_known = false;        // or taken for granted
  double threads_ns_per_s = 0;  // the kernel's threads for them
  double machine_ns_per_s = 0;  // all
};

// Takes a second.
SoftirqBaseline measure_softirq_baseline();

// What the load said.
struct LoadFigures {
  double received_per_second = 0;
  double loss = 0;
  double delay_p50_ns = 0;
  double delay_p99_ns = 0;
  double cpu_seconds = 0;
  double seconds = 0;
  bool is_bottleneck = false;
  std::string bottleneck_reason;
  boost::json::value report;
};
// Throws std::runtime_error, with what is missing or how many peers did not connect.
LoadFigures parse_load_report(const std::string& text);

struct RunFigures {
  double cpu_ns_per_packet = 0;              // the server's threads
  double softirq_ns_per_packet = 0;          // what is not in those, nor in the load's
  double machine_softirq_ns_per_packet = 0;  // all of the machine, by ticks, in whoever's time
  double load_cpu_ns_per_packet = 0;
  std::optional<double> busy_ns_per_packet;  // the workers' iterations with work, by the clock
  std::optional<double> busy_share;          // of the time
  LoadFigures load;
};

// The network is left entered on the server's side. Throws std::runtime_error.
RunFigures measure_run(const LoadSettings& load, Network& network, const RunningServer& server,
                       const SoftirqBaseline& baseline);
}  // namespace penstock::compare
