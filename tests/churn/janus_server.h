// Debian's Janus Gateway as the other server: the VideoRoom and the WebSocket transport, nothing
// else, with a configuration folder of its own.
#pragma once

#include <optional>

#include "tests/integration/harness/child_process.h"
#include "tests/integration/harness/temporary_folder.h"

namespace penstock::churn {

class JanusServer {
 public:
  // Starts it in this network namespace and waits until it serves. Throws std::runtime_error with
  // the remedy if it is not installed.
  JanusServer();

  pid_t pid() const { return process_->pid(); }
  // By SIGTERM; false if it did not end.
  bool stop();

 private:
  integration::TemporaryFolder folder_;
  std::optional<integration::ChildProcess> process_;
};

}  // namespace penstock::churn
