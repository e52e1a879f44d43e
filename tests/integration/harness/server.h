// The real program, run as its users run it: with a configuration file, in a folder of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/child_process.h"
#include "tests/support/temporary_folder.h"

namespace penstock::integration {

// The path of the program under test.
std::string penstock_program();

// TOML that is put in front of the rest of the configuration: whole sections. What is not said is
// as docs/penstock.toml has it.
struct ServerOptions {
  std::string config = {};
  std::string interface = "penstock0";  // that must be gone when the server is; empty: none
  std::vector<std::string> command = {penstock_program()};            // what --config is put behind
  std::vector<std::pair<std::string, std::string>> environment = {};  // on top of ours
  // As the user nobody, without any capability; `command` is the program then.
  bool is_unprivileged = false;
};

class Server {
 public:
  explicit Server(const ServerOptions& options = {});
  ~Server();

  // Until it serves; throws, with its log, if it does not.
  void wait_until_ready();

  ChildProcess& process() { return process_; }
  std::string log() const { return test::read_file(log_path()); }
  // Ends it by a signal and checks that it leaves as it should: with status 0, without errors in
  // its log, and nothing left behind: no file, no device, no object in a pool, no packet. Does what
  // is to happen right after the signal. Returns how long it took.
  Duration stop_and_check(int signal, const std::function<void()>& meanwhile = {});

 private:
  std::filesystem::path log_path() const { return folder_.path() / "log"; }

  ServerOptions options_;
  test::TemporaryFolder folder_;
  ChildProcess process_;
  bool is_stopped_ = false;
};

}  // namespace penstock::integration
