// A program that a test runs. It dies with the test, whatever happens.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::integration {

// CLOCK_MONOTONIC.
Timestamp monotonic_now();

struct ChildOptions {
  std::vector<std::string> arguments;  // the program first; looked up in PATH
  std::filesystem::path output;        // gets standard output and standard error
  std::filesystem::path folder = {};   // to run in; empty: this process's
  std::vector<std::pair<std::string, std::string>> environment = {};  // on top of ours
};

class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running() { return !wait_for(0).has_value(); }
  void signal(int number);
  // The exit status, 128 + the number of the signal that ended it; nullopt if it still runs.
  std::optional<int> wait_for(Duration limit);

  // User and system time of all its threads so far.
  Duration cpu_time() const;
  std::size_t resident_bytes() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace penstock::integration
