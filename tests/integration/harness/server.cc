#include "tests/integration/harness/server.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <sstream>

#include "tests/integration/harness/janus_connection.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::integration {
namespace {

// After this a server that has been told to end hangs. What it needs on a machine that has time for
// it is another question (lifecycle_test.cc).
constexpr Duration kStopLimit = 20 * kSecond;

// A copy of the program: the build's folder may be closed to others. --pdeathsig: it ends with the
// test, which a change of users would undo.
std::vector<std::string> unprivileged_command(const std::string& program,
                                              const test::TemporaryFolder& folder) {
  namespace fs = std::filesystem;
  constexpr const char* kNobody = "65534";
  const fs::path copy = folder.path() / "program";
  fs::copy_file(program, copy);
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_exec);
  fs::permissions(copy, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(folder.path() / "run", fs::perms::all);
  return {"setpriv",
          std::string("--reuid=") + kNobody,
          std::string("--regid=") + kNobody,
          "--clear-groups",
          "--no-new-privs",
          "--bounding-set=-all",
          "--inh-caps=-all",
          "--pdeathsig=KILL",
          copy.string()};
}

ChildOptions child_options(const ServerOptions& options, const test::TemporaryFolder& folder) {
  std::filesystem::create_directory(folder.path() / "run");
  test::write_file(folder.path() / "penstock.toml", options.config);
  const std::string run_folder = (folder.path() / "run").string();
  std::vector<std::string> arguments = options.command;
  if (options.is_unprivileged) arguments = unprivileged_command(arguments.front(), folder);
  arguments.insert(arguments.end(), {"--config", (folder.path() / "penstock.toml").string()});
  auto environment = options.environment;
  // Whatever it or its libraries write, they write here (RUNTIME_DIRECTORY is DPDK's).
  for (const char* name : {"RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", "TMPDIR", "HOME"}) {
    environment.emplace_back(name, run_folder);
  }
  return {.arguments = arguments,
          .output = folder.path() / "log",
          .folder = run_folder,
          .environment = environment};
}

bool accepts(std::uint16_t port) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::address_v4::loopback(), port}, error);
  return !error;
}

// What libbpf says of each of several ways of loading a program is not the server's: if none works,
// the server says so.
std::string lines_with(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("libbpf: ")) continue;
    if (line.find(word) != std::string::npos) found += line + "\n";
  }
  return found;
}

}  // namespace

std::string penstock_program() { return PENSTOCK_PROGRAM; }

Server::Server(const ServerOptions& options)
    : options_(options), process_(child_options(options, folder_)) {}

Server::~Server() {
  if (::testing::Test::HasFailure()) std::cerr << "--- the server's log:\n" << log();
}

void Server::wait_until_ready() {
  const Timestamp deadline = monotonic_now() + 30 * kSecond;
  while (!accepts(kHttpPort) || !accepts(kWebSocketPort)) {
    if (!process_.is_running() || monotonic_now() > deadline) {
      throw std::runtime_error("the server does not start:\n" + log());
    }
    ::usleep(10'000);
  }
}

Duration Server::stop_and_check(int signal, const std::function<void()>& meanwhile) {
  if (is_stopped_) return 0;
  is_stopped_ = true;
  EXPECT_TRUE(process_.is_running()) << "the server ended by itself";
  const Timestamp start = monotonic_now();
  process_.signal(signal);
  if (meanwhile) meanwhile();
  const auto status = process_.wait_for(kStopLimit);
  const Duration took = monotonic_now() - start;
  EXPECT_TRUE(status.has_value()) << "the server does not end";
  EXPECT_EQ(status.value_or(-1), 0) << "status of the server";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "run")) {
    ADD_FAILURE() << "left behind: " << entry.path();
  }
  if (!options_.interface.empty()) {
    EXPECT_FALSE(interface_exists(options_.interface)) << "left behind: the device";
  }
  // Conservation, checked here for every test: no object and no packet is left.
  const std::string baseline = "lifetimes: every pool at its baseline, ";
  EXPECT_NE(log().find(baseline), std::string::npos) << "the server leaves something behind";
  for (const char* word : {" error ", " critical ", "EAL: Error", "Sanitizer"}) {
    EXPECT_EQ(lines_with(log(), word), "") << "in the server's log";
  }
  return took;
}

}  // namespace penstock::integration
