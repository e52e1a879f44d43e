// Runs a scenario in a child process of its own, because EAL can be started only once in a process
// and a network namespace is the process's. The child is root in a fresh network namespace.
#pragma once

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/support/conservation.h"

namespace penstock {

inline bool run(const char* command) { return std::system(command) == 0; }

// `scenario` returns "" or what went wrong. Returns the same, or how the child ended otherwise.
template <typename Scenario>
std::string in_child(Scenario&& scenario) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) {
    return "no pipe";
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe_ends[0]);
    std::string problem =
        ::unshare(CLONE_NEWNET) == 0 ? scenario() : std::string("cannot unshare the network");
    problem += test::take_conservation_findings();
    [[maybe_unused]] const ssize_t written = ::write(pipe_ends[1], problem.data(), problem.size());
    ::_exit(problem.empty() ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::string problem;
  char buffer[512];
  for (ssize_t bytes = 0; (bytes = ::read(pipe_ends[0], buffer, sizeof(buffer))) > 0;) {
    problem.append(buffer, static_cast<std::size_t>(bytes));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    return problem + " (killed by signal " + std::to_string(WTERMSIG(status)) + ")";
  }
  return problem;
}

}  // namespace penstock
