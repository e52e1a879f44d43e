// What a server says about its own objects (GET /lifetimes of the admin listener): every pool,
// every retire list, and the packets. Two of these, before and after, are the proof that nothing
// stayed.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::churn {

inline constexpr std::uint16_t kAdminPort = 7'089;

struct PoolState {
  std::string name;
  std::uint64_t free = 0;
  std::uint64_t live = 0;
  std::uint64_t retired = 0;
};

struct RetireState {
  std::string name;
  std::uint64_t waiting = 0;
  std::uint64_t reclaimed = 0;
  std::uint64_t p50_ns = 0;
  std::uint64_t p99_ns = 0;
  std::uint64_t max_ns = 0;
};

struct Lifetimes {
  std::vector<PoolState> pools;
  std::vector<RetireState> retire;
  std::uint64_t packets_in_use = 0;
  std::uint64_t heap_bytes = 0;
  std::uint64_t dtls_jobs = 0;  // each has an association, which has heap
  std::uint64_t audit_runs = 0;
  std::vector<std::string> findings;  // of the server's own walk over its objects
};

// Throws std::runtime_error if the text is not what the server should say.
Lifetimes parse_lifetimes(const std::string& text);
// Asks the server on this machine.
Lifetimes fetch_lifetimes();

// What differs from the baseline, one sentence each; nothing, if `now` is exactly it.
std::vector<std::string> differences(const Lifetimes& baseline, const Lifetimes& now);

struct BaselineCheck {
  Lifetimes last;
  std::vector<std::string> differences;  // that stayed
  Duration took = 0;                     // until there were none

  bool is_exact() const { return differences.empty(); }
};

// Asks until the server is at its baseline, or `limit` has passed.
BaselineCheck wait_for_baseline(const Lifetimes& baseline, Duration limit);

}  // namespace penstock::churn
