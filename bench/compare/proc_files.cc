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

std::optional<Duration> time_of_thread(const fs::path& task) {
  return parse_schedstat(read_file(task / "schedstat"));
}

}  // namespace

std::optional<Duration> parse_schedstat(std::string_view text) {
  Duration on_cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), on_cpu);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  return on_cpu;
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
  std::error_code ended;
  for (const auto& task :
       fs::directory_iterator("/proc/" + std::to_string(process) + "/task", ended)) {
    if (const auto time = time_of_thread(task.path())) {
      times[std::stoi(task.path().filename())] = *time;
    }
  }
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
    if (const auto time = time_of_thread(process.path())) {
      times[std::stoi(process.path().filename())] = *time;
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
