// Stops one thread of a child process, while all its others go on: what a control plane that hangs
// looks like to the workers. It runs again when this object goes.
#pragma once

#include <sys/types.h>

namespace penstock::integration {

class PausedThread {
 public:
  // The main thread of a process has the process's number. Throws if it cannot be stopped.
  explicit PausedThread(pid_t thread);
  ~PausedThread();
  PausedThread(const PausedThread&) = delete;
  PausedThread& operator=(const PausedThread&) = delete;

 private:
  pid_t thread_;
};

}  // namespace penstock::integration
