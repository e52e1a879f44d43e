#include "bench/load/result.h"

#include <cstdio>

namespace penstock::load {
namespace {

constexpr double kCpuShareMax = 0.95;
constexpr double kLateShareMax = 0.01;

void add(std::string& reasons, const std::string& reason) {
  if (!reasons.empty()) reasons += "; ";
  reasons += reason;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %%", 100 * share);
  return text;
}

}  // namespace

double LoadResult::received_packets_per_second() const {
  return seconds > 0 ? static_cast<double>(received_packets) / seconds : 0;
}

std::uint64_t LoadResult::lost_packets() const {
  const std::uint64_t accounted = received_packets + own_queue_drops;
  return expected_packets > accounted ? expected_packets - accounted : 0;
}

double LoadResult::loss() const {
  return expected_packets == 0
             ? 0
             : static_cast<double>(lost_packets()) / static_cast<double>(expected_packets);
}

std::string bottleneck_reason(const LoadResult& result) {
  std::string reasons;
  const double cpu = result.seconds > 0 ? result.own_cpu_seconds / result.seconds : 0;
  const double late = result.bursts > 0 ? static_cast<double>(result.late_sends) /
                                              static_cast<double>(result.bursts)
                                        : 0;
  if (cpu > kCpuShareMax) add(reasons, "its thread used " + percent(cpu) + " of a CPU");
  if (late > kLateShareMax) {
    add(reasons, percent(late) + " of its sends were more than 5 ms late (for " +
                     percent(result.own_wait_seconds / result.seconds) +
                     " of the time, others had its CPU)");
  }
  if (result.own_queue_drops > 0) {
    add(reasons, "its sockets dropped " + std::to_string(result.own_queue_drops) + " packets");
  }
  if (result.unsent_packets > 0) {
    add(reasons,
        "the kernel did not take " + std::to_string(result.unsent_packets) + " of its packets");
  }
  return reasons;
}

}  // namespace penstock::load
