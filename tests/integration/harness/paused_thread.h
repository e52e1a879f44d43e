// Stops one thread of a child process, while all its others go on: what a control plane that hangs
// looks like to the workers, or a worker to everybody else. It runs again when this object goes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace penstock::integration {

class PausedThread {
 public:
  // The main thread of a process has the process's number, a worker's is found by worker_threads.
  // Throws if it cannot be stopped.
  explicit PausedThread(pid_t thread);
  ~PausedThread();
  PausedThread(const PausedThread&) = delete;
  PausedThread& operator=(const PausedThread&) = delete;

 private:
  pid_t thread_;
};

// The threads of the server's workers, worker 0 first.
std::vector<pid_t> worker_threads(pid_t process);
// The first thread of the process with this name. Throws if there is none.
pid_t thread_called(pid_t process, const std::string& name);

}  // namespace penstock::integration
