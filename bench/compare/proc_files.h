// What Linux says of CPU time, and the reading of its texts (proc(5)). The functions that parse are
// pure; those with a process read /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::compare {

// Of a thread, from /proc/PID/task/TID/schedstat, in nanoseconds: without a tick's coarseness.
struct SchedulerTimes {
  Duration on_cpu = 0;
  Duration waiting = 0;  // ready to run, but others had the CPU

  bool operator==(const SchedulerTimes&) const = default;
};
std::optional<SchedulerTimes> parse_schedstat(std::string_view text);
// The time of all CPUs in soft interrupts, from /proc/stat, as ticks allow.
std::optional<Duration> parse_softirq(std::string_view text, long ticks_per_second);
// Whether CONFIG_IRQ_TIME_ACCOUNTING is in a kernel's configuration, if that says.
std::optional<bool> parse_irq_time_accounting(std::string_view kernel_config);
// The sum of a Prometheus metric over its labels; 0 if it is not there.
double parse_metric(std::string_view text, std::string_view name);

// By thread, so that one that ends in between takes nothing away from a difference.
using ThreadTimes = std::map<pid_t, Duration>;

ThreadTimes thread_times(pid_t process);
// Those whose name has this in it.
std::vector<pid_t> threads_named(pid_t process, std::string_view part);
// The sums over the threads that are there now, by their name.
std::map<std::string, SchedulerTimes> times_by_thread_name(pid_t process);
// Of the threads that are in both, and all of those that are new.
Duration difference(const ThreadTimes& before, const ThreadTimes& after);
// The kernel's threads for soft interrupts that found no other time: one for each CPU.
ThreadTimes softirq_thread_times();
Duration softirq_time();
// Of the running kernel; nothing if it does not tell.
std::optional<bool> has_irq_time_accounting();

}  // namespace penstock::compare
