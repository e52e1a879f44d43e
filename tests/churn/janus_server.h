// Debian's Janus Gateway as the other server: the VideoRoom and the WebSocket transport, nothing
// else, with a configuration folder of its own.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/child_process.h"
#include "tests/support/temporary_folder.h"

namespace penstock::churn {

struct JanusOptions {
  std::string address = "127.0.0.1";       // of the WebSocket listener, IPv4
  std::string nat = {};                    // of the configuration's section `nat`
  std::vector<std::string> launcher = {};  // a command that starts the one behind it
  std::vector<std::pair<std::string, std::string>> environment = {};
};

class JanusServer {
 public:
  // Starts it in this network namespace and waits until it serves. Throws std::runtime_error with
  // the remedy if it is not installed.
  explicit JanusServer(const JanusOptions& options = {});

  pid_t pid() const { return process_->pid(); }
  // By SIGTERM; false if it did not end.
  bool stop();

 private:
  test::TemporaryFolder folder_;
  std::optional<integration::ChildProcess> process_;
};

}  // namespace penstock::churn
