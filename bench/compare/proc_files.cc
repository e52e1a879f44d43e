#include "bench/compare/proc_files.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/harness/child_process.h"
#include "tests/support/temporary_folder.h"

namespace penstock::compare {
namespace {

namespace fs = std::filesystem;

using test::read_file;

// Calls `take` with each line.
template <typename Take>
void for_each_line(std::string_view text, Take&& take) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    take(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::optional<SchedulerTimes> times_of_thread(const fs::path& task) {
  return parse_schedstat(read_file(task / "schedstat"));
}

std::string name_of_thread(const fs::path& task) {
  const std::string line = read_file(task / "comm");
  return line.substr(0, line.find('\n'));
}

// Calls `take` with the folder of each thread.
template <typename Take>
void for_each_thread(pid_t process, Take&& take) {
  std::error_code ended;
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : fs::directory_iterator(tasks, ended)) take(task.path());
}

}  // namespace

std::optional<SchedulerTimes> parse_schedstat(std::string_view text) {
  SchedulerTimes times;
  const char* const end = text.data() + text.size();
  const auto on_cpu = std::from_chars(text.data(), end, times.on_cpu);
  if (on_cpu.ec != std::errc{} || on_cpu.ptr == end || *on_cpu.ptr != ' ') return std::nullopt;
  const auto waiting = std::from_chars(on_cpu.ptr + 1, end, times.waiting);
  if (waiting.ec != std::errc{}) return std::nullopt;
  return times;
}

std::optional<Duration> parse_softirq(std::string_view text, long ticks_per_second) {
  std::istringstream stream{std::string(text.substr(0, text.find('\n')))};
  std::string name;
  Duration user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
  stream >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq;
  if (!stream || name != "cpu") return std::nullopt;
  return softirq * kSecond / ticks_per_second;
}

std::optional<bool> parse_irq_time_accounting(std::string_view kernel_config) {
  std::optional<bool> answer;
  for_each_line(kernel_config, [&](std::string_view line) {
    if (line == "CONFIG_IRQ_TIME_ACCOUNTING=y") answer = true;
    if (line == "# CONFIG_IRQ_TIME_ACCOUNTING is not set") answer = false;
  });
  return answer;
}

double parse_metric(std::string_view text, std::string_view name) {
  double sum = 0;
  for_each_line(text, [&](std::string_view line) {
    if (!line.starts_with(name)) return;
    const std::string_view rest = line.substr(name.size());
    if (rest.empty() || (rest.front() != '{' && rest.front() != ' ')) return;
    const std::size_t space = line.rfind(' ');
    double value = 0;
    const auto [end, error] =
        std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    if (error == std::errc{}) sum += value;
  });
  return sum;
}

ThreadTimes thread_times(pid_t process) {
  ThreadTimes times;
  for_each_thread(process, [&](const fs::path& task) {
    if (const auto of_thread = times_of_thread(task)) {
      times[std::stoi(task.filename())] = of_thread->on_cpu;
    }
  });
  return times;
}

std::vector<pid_t> threads_named(pid_t process, std::string_view part) {
  std::vector<pid_t> threads;
  for_each_thread(process, [&](const fs::path& task) {
    if (name_of_thread(task).find(part) == std::string::npos) return;
    threads.push_back(std::stoi(task.filename()));
  });
  return threads;
}

std::map<std::string, SchedulerTimes> times_by_thread_name(pid_t process) {
  std::map<std::string, SchedulerTimes> times;
  for_each_thread(process, [&](const fs::path& task) {
    const auto of_thread = times_of_thread(task);
    if (!of_thread) return;
    SchedulerTimes& sum = times[name_of_thread(task)];
    sum.on_cpu += of_thread->on_cpu;
    sum.waiting += of_thread->waiting;
  });
  return times;
}

Duration difference(const ThreadTimes& before, const ThreadTimes& after) {
  Duration sum = 0;
  for (const auto& [thread, time] : after) {
    const auto start = before.find(thread);
    sum += start == before.end() ? time : time - start->second;
  }
  return sum;
}

ThreadTimes softirq_thread_times() {
  ThreadTimes times;
  for (const auto& process : fs::directory_iterator("/proc")) {
    if (!read_file(process.path() / "comm").starts_with("ksoftirqd/")) continue;
    if (const auto of_thread = times_of_thread(process.path())) {
      times[std::stoi(process.path().filename())] = of_thread->on_cpu;
    }
  }
  return times;
}

Duration softirq_time() {
  return parse_softirq(read_file("/proc/stat"), ::sysconf(_SC_CLK_TCK)).value_or(0);
}

std::optional<bool> has_irq_time_accounting() {
  const test::TemporaryFolder folder;
  const fs::path text = folder.path() / "config";
  utsname kernel{};
  ::uname(&kernel);
  const std::string file = "/boot/config-" + std::string(kernel.release);
  integration::ChildProcess unpack(
      {.arguments = {"sh", "-c", "zcat /proc/config.gz || cat " + file}, .output = text});
  unpack.wait_for(10 * kSecond);
  return parse_irq_time_accounting(read_file(text));
}

}  // namespace penstock::compare
