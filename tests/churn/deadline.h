// How long it takes from retiring an object until its slot can be used again, sample by sample,
// while the workers are loaded. On a machine with as many workers as cores, the kernel takes a core
// away from a worker now and then: a sample during which a worker (or the control thread) stood
// still for a millisecond says nothing about Penstock, and is reported apart.
#pragma once

#include <cstdint>
#include <functional>

#include "bench/inprocess/members.h"
#include "tests/churn/report.h"

namespace penstock::churn {

struct DeadlineSamples {
  Histogram undisturbed;
  Histogram preempted;  // somebody stood still meanwhile
};

// Traffic must be on, saturating. `on_progress(done)` is called now and then.
DeadlineSamples measure_deadline(bench::InProcessDataplane& dataplane, bench::Members& members,
                                 std::uint64_t samples,
                                 const std::function<void(std::uint64_t)>& on_progress);

// Lines, values, and the promise (only reported when `is_judged` is false).
void report_deadline(Report& report, const DeadlineSamples& samples, bool is_judged);

}  // namespace penstock::churn
