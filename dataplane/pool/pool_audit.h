// Conservation, watched in test builds (PENSTOCK_TEST_HOOKS): every ObjectPool is on one list while
// it exists, so that `free + live + retired == capacity` can be checked at any moment for all of
// them; and every pool must be empty when it is destroyed: whoever owns a pool tears down what it
// has in it, by the one path (unlink, retire, reclaim), before it goes. What is wrong is noted
// here; tests/support/conservation.cc makes test failures of it, and a program that ends with a
// finding that nobody took ends in an abort. In release builds all of it is nothing. Control
// thread.
#pragma once

#include "dataplane/pool/pool_report.h"

#ifdef PENSTOCK_TEST_HOOKS
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>
#endif

namespace penstock {

// A pool's books, and the same counted slot by slot.
struct PoolBooks {
  PoolReport report;
  PoolCounts recounted;
};

#ifdef PENSTOCK_TEST_HOOKS

class AuditedPool;

class PoolAudit {
 public:
  static PoolAudit& all() {
    static PoolAudit the_audit;
    return the_audit;
  }

  // Whoever else has something to conserve (packets) notes here what is wrong.
  void note(std::string finding) { findings_.push_back(std::move(finding)); }

  // For tests of the pool itself, which leave it as it is: pools may be destroyed with objects.
  void allow_use_at_end(bool is_allowed) { allows_use_at_end_ = is_allowed; }

  // Checks every pool there is, then gives away all findings since the last time.
  std::vector<std::string> take_findings();

 private:
  friend AuditedPool;

  PoolAudit() = default;
  ~PoolAudit() {
    for (const std::string& finding : findings_) std::fprintf(stderr, "%s\n", finding.c_str());
    if (!findings_.empty()) std::abort();
  }

  std::vector<const AuditedPool*> pools_;
  std::vector<std::string> findings_;
  bool allows_use_at_end_ = false;
};

// A pool's place on the list: its member.
class AuditedPool {
 public:
  using Read = PoolBooks (*)(const void* pool);

  AuditedPool(const void* pool, Read read) : pool_(pool), read_(read) {
    PoolAudit::all().pools_.push_back(this);
  }
  ~AuditedPool() { std::erase(PoolAudit::all().pools_, this); }
  AuditedPool(const AuditedPool&) = delete;
  AuditedPool& operator=(const AuditedPool&) = delete;

  // At any moment.
  void check() const {
    const auto [report, recounted] = read_(pool_);
    if (!report.counts.is_conserved()) note(report, "free + live + retired is not the capacity");
    if (report.counts != recounted) note(report, "the slots do not say the same as the counts");
  }

  // First thing in the pool's destructor.
  void check_at_end() const {
    check();
    const PoolReport report = read_(pool_).report;
    if (PoolAudit::all().allows_use_at_end_) return;
    if (report.counts.free != report.counts.capacity) note(report, "destroyed while in use");
  }

 private:
  static void note(const PoolReport& report, const char* what) {
    const PoolCounts& counts = report.counts;
    PoolAudit::all().note("pool of " + std::string(report.name) + ": " + what + " (" +
                          std::to_string(counts.free) + " free, " + std::to_string(counts.live) +
                          " live, " + std::to_string(counts.retired) + " retired of " +
                          std::to_string(counts.capacity) + ")");
  }

  const void* pool_;
  Read read_;
};

inline std::vector<std::string> PoolAudit::take_findings() {
  for (const AuditedPool* pool : pools_) pool->check();
  return std::exchange(findings_, {});
}

#else

class AuditedPool {
 public:
  constexpr AuditedPool(const void*, PoolBooks (*)(const void* pool)) {}
  constexpr void check_at_end() const {}
};

#endif

}  // namespace penstock
