#include "dataplane/dpdk/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_version.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "dataplane/base/limits.h"
#include "dataplane/dpdk/device_checks.h"
#include "dataplane/dpdk/log_capture.h"
#include "dataplane/dpdk/probe_failure.h"

namespace penstock {
namespace {

bool has_started = false;  // EAL is a process-wide singleton that cannot be started twice

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) {
        cpus.push_back(static_cast<int>(cpu));
      }
    }
  }
  return cpus;
}

std::string joined(std::span<const int> cpus) {
  std::string text;
  for (const int cpu : cpus) {
    text += (text.empty() ? "" : ",") + std::to_string(cpu);
  }
  return text;
}

// "0@(0,3),1@1,2@2": lcores may share CPUs.
std::string lcores_argument(const CpuPlan& plan) {
  std::string text = "0@(" + joined(plan.control) + ")";
  for (std::size_t i = 0; i < plan.workers.size(); ++i) {
    text += "," + std::to_string(Eal::lcore_of(static_cast<WorkerIndex>(i))) + "@" +
            std::to_string(plan.workers[i]);
  }
  return text;
}

std::vector<std::string> arguments(const EalConfig& config, const CpuPlan& plan) {
  std::vector<std::string> result = {
      "penstock",
      "--lcores",
      lcores_argument(plan),
      "--no-telemetry",
      "--file-prefix",
      "penstock-" + std::to_string(::getpid()),
      "-m",
      std::to_string(config.memory_mib),
      config.is_debugging ? "--log-level=*:debug" : "--log-level=*:error"};
  if (config.uses_hugepages) {
    result.insert(result.end(), {"--in-memory"});
  } else {
    result.insert(result.end(), {"--no-huge", "--no-shconf", "--iova-mode=va"});
  }
  if (config.pci_devices.empty()) {
    result.push_back("--no-pci");
  }
  for (const std::string& device : config.pci_devices) {
    result.insert(result.end(), {"-a", device});
  }
  for (const std::string& vdev : config.vdevs) {
    result.push_back("--vdev=" + vdev);
  }
  result.insert(result.end(), config.arguments.begin(), config.arguments.end());
  return result;
}

// net_tap announces packets by queued real-time signals, and the kernel falls back to SIGIO, which
// would end the process, when too many are queued. Workers unblock them for themselves.
void block_wake_up_signals() {
  ::signal(SIGIO, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Nobody else uses the folder: there is no shared configuration and no telemetry. Removed at once
// so that not even a killed process leaves it behind.
void remove_runtime_folder() {
  const std::filesystem::path folder = rte_eal_get_runtime_dir();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::filesystem::remove(folder.parent_path(), ignored);  // only if it is empty
}

// Runs rte_eal_init with its log captured, so that a failure can be explained. Returns what was
// logged of devices that it goes on without.
std::expected<std::string, std::string> init_eal(std::vector<std::string> words,
                                                 const EalConfig& config) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  LogCapture log(config.is_debugging);
  if (!config.is_debugging) {
    rte_log_set_global_level(RTE_LOG_ERR);
  }
  const int result = rte_eal_init(static_cast<int>(argv.size()), argv.data());
  const int error = rte_errno;
  const bool is_captured = !config.is_debugging;
  if (result < 0 && error == ENODEV && is_captured && !config.pci_devices.empty()) {
    return std::unexpected(explain_probe_failure(config.pci_devices.front(), log.text()));
  }
  if (result < 0) {
    return std::unexpected("DPDK's environment did not start (" + std::string(rte_strerror(error)) +
                           ").\n" + log.text() + "Start with debugging on to see its whole log.");
  }
  return log.text();
}

std::expected<void, std::string> check_config(const EalConfig& config) {
  if (has_started) {
    return std::unexpected("DPDK's environment was started before in this process");
  }
  if (config.worker_count < 1 || config.worker_count > kWorkersMax) {
    return std::unexpected("there must be 1 to " + std::to_string(kWorkersMax) + " workers, not " +
                           std::to_string(config.worker_count));
  }
  if (config.uses_hugepages) {
    return check_hugepages(config.memory_mib);
  }
  return {};
}

}  // namespace

std::expected<CpuPlan, std::string> plan_cpus(std::span<const int> allowed,
                                              std::size_t worker_count,
                                              std::span<const int> worker_cpus) {
  if (!worker_cpus.empty() && worker_cpus.size() != worker_count) {
    return std::unexpected(std::to_string(worker_cpus.size()) + " worker CPUs for " +
                           std::to_string(worker_count) + " workers: name one for each");
  }
  const auto may_use = [&](int cpu) { return std::ranges::find(allowed, cpu) != allowed.end(); };
  CpuPlan plan;
  for (std::size_t i = 0; i < worker_count; ++i) {
    const int cpu = worker_cpus.empty() ? allowed[(i + 1) % allowed.size()] : worker_cpus[i];
    if (!may_use(cpu)) {
      return std::unexpected("CPU " + std::to_string(cpu) + " is not one of those we may use (" +
                             joined(allowed) + "): change the worker CPUs, taskset or the cpuset");
    }
    plan.workers.push_back(cpu);
  }
  for (const int cpu : allowed) {
    if (std::ranges::find(plan.workers, cpu) == plan.workers.end()) {
      plan.control.push_back(cpu);
    }
  }
  if (plan.control.empty()) {
    plan.control.assign(allowed.begin(), allowed.end());
  }
  return plan;
}

std::expected<std::unique_ptr<Eal>, std::string> Eal::start(const EalConfig& config) {
  if (auto checked = check_config(config); !checked) {
    return std::unexpected(checked.error());
  }
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.empty()) {
    return std::unexpected("cannot read which CPUs we may use (sched_getaffinity)");
  }
  auto plan = plan_cpus(allowed, config.worker_count, config.worker_cpus);
  if (!plan) {
    return std::unexpected(plan.error());
  }
  block_wake_up_signals();
  has_started = true;
  auto started = init_eal(arguments(config, *plan), config);
  remove_runtime_folder();
  if (!started) {
    return std::unexpected(started.error());
  }
  return std::unique_ptr<Eal>(new Eal(std::move(*plan), config, std::move(*started)));
}

Eal::Eal(CpuPlan cpus, const EalConfig& config, std::string probe_log)
    : cpus_(std::move(cpus)),
      probe_log_(std::move(probe_log)),
      uses_hugepages_(config.uses_hugepages),
      memory_mib_(config.memory_mib) {}

Eal::~Eal() { rte_eal_cleanup(); }

std::string Eal::summary() const {
  return std::string(rte_version()) + ": " + std::to_string(memory_mib_) + " MiB of " +
         (uses_hugepages_ ? "huge pages" : "ordinary pages") + ", control on CPU " +
         joined(cpus_.control) + ", workers on CPU " + joined(cpus_.workers);
}

}  // namespace penstock
