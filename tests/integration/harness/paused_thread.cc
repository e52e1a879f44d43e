#include "tests/integration/harness/paused_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
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

PausedThread::~PausedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace penstock::integration
