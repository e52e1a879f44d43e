#include "tests/integration/harness/paused_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace penstock::integration {

PausedThread::PausedThread(pid_t thread) : thread_(thread) {
  int status = 0;
  // SEIZE, unlike ATTACH, sends no signal that would stop the whole process.
  if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0 ||
      ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0 ||
      ::waitpid(thread_, &status, __WALL) != thread_ || !WIFSTOPPED(status)) {
    throw std::runtime_error(std::string("cannot stop a thread (") + std::strerror(errno) +
                             "): this needs ptrace, that is CAP_SYS_PTRACE");
  }
}

std::vector<pid_t> worker_threads(pid_t process) {
  // DPDK names them after their lcores, which it numbers in the order of the workers.
  std::map<int, pid_t> by_lcore;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
    const std::size_t at = name.find("worker");
    if (at == std::string::npos) continue;
    by_lcore[std::stoi(name.substr(name.find_first_of("0123456789", at)))] =
        std::stoi(task.path().filename());
  }
  std::vector<pid_t> threads;
  for (const auto& [lcore, thread] : by_lcore) threads.push_back(thread);
  return threads;
}

pid_t thread_called(pid_t process, const std::string& name) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string found;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, found);
    if (found == name) return std::stoi(task.path().filename());
  }
  throw std::runtime_error("no thread is called " + name);
}

PausedThread::~PausedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace penstock::integration
