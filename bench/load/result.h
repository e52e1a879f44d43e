// What a run found out. A value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/histogram.h"

namespace penstock::load {

// A part of the steady state. Times are CLOCK_MONOTONIC's.
struct LoadWindow {
  Timestamp began_at = 0;
  Timestamp ended_at = 0;
  std::uint64_t delays = 0;  // of how many packets
  Duration delay_p50 = 0;
  Duration delay_p99 = 0;
  std::uint64_t sends = 0;
  std::uint64_t late_sends = 0;
  Duration own_wait = 0;  // ready to run, but others had the CPU
};

struct LoadResult {
  std::uint64_t publishers = 0;
  std::uint64_t subscribers = 0;
  std::uint64_t connected_peers = 0;  // at some time; with churn there are more than asked for
  std::uint64_t failed_peers = 0;
  std::string first_failure;
  Histogram join_times;
  double joins_per_second = 0;  // during the ramp
  double join_cpu_seconds = 0;  // of this program, during the ramp

  double seconds = 0;  // of the steady state; all below is of it
  std::uint64_t sent_packets = 0;
  std::uint64_t expected_packets = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t reordered_packets = 0;
  std::uint64_t duplicate_packets = 0;
  std::uint64_t decrypted_packets = 0;
  std::uint64_t srtp_failures = 0;  // in the whole run
  Histogram delays;
  Histogram jitters;  // a value for each received stream

  double own_cpu_seconds = 0;
  double own_wait_seconds = 0;  // ready to run, but others had the CPU
  std::uint64_t own_queue_drops = 0;
  std::uint64_t bursts = 0;
  std::uint64_t late_sends = 0;
  std::uint64_t unsent_packets = 0;
  std::vector<LoadWindow> windows;  // none without --window

  double received_packets_per_second() const;
  // What neither came nor was dropped by our own sockets.
  std::uint64_t lost_packets() const;
  double loss() const;
};

// Why this program, and not the server, may have set the figures; empty if it did not.
std::string bottleneck_reason(const LoadResult& result);

}  // namespace penstock::load
