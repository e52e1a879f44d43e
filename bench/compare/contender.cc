#include "bench/compare/contender.h"

#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cmath>
#include <stdexcept>

#include "bench/compare/network.h"
#include "bench/compare/proc_files.h"
#include "tests/churn/janus_server.h"
#include "tests/integration/harness/janus_connection.h"

namespace penstock::compare {
namespace {

using integration::ChildProcess;
using test::TemporaryFolder;

constexpr Duration kStartMax = 30 * kSecond;
constexpr Duration kStopMax = 20 * kSecond;

bool takes_connections() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::make_address(kSignallingAddress), integration::kWebSocketPort},
                 error);
  return !error;
}

// The last line that says something.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it says nothing";
  const std::size_t before = text.find_last_of('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

// `port`: the driver and its keys.
std::string penstock_config(const std::string& port) {
  return "[port]\n" + port + "[signalling]\naddress = \"" + kSignallingAddress +
         "\"\n[log]\nlevel = \"warning\"\n";
}

std::string on_the_device(const std::string& driver) {
  return "driver = \"" + driver + "\"\ninterface = \"" + kMediaDevice + "\"\nipv4 = \"" +
         kMediaAddress + "/24\"\n";
}

std::string on_sockets() {
  return std::string("driver = \"sockets\"\naddresses = [\"") + kMediaAddress + "\"]\n";
}

class PenstockServer final : public RunningServer {
 public:
  // `polls`: it waits for packets by looking for them.
  PenstockServer(std::vector<std::string> command, const std::string& config, bool polls)
      : polls_(polls) {
    const auto file = folder_.path() / "penstock.toml";
    const auto log = folder_.path() / "log";
    const std::string run = folder_.path().string();
    test::write_file(file, config);
    command.insert(command.end(), {"--config", file.string()});
    process_.emplace(integration::ChildOptions{
        .arguments = command,
        .output = log,
        .folder = folder_.path(),
        .environment = {{"RUNTIME_DIRECTORY", run}, {"XDG_RUNTIME_DIR", run}, {"TMPDIR", run}}});
    const Timestamp deadline = integration::monotonic_now() + kStartMax;
    while (!takes_connections()) {
      if (!process_->is_running() || integration::monotonic_now() > deadline) {
        throw std::runtime_error(last_line(test::read_file(log)));
      }
      ::usleep(10'000);
    }
  }
  ~PenstockServer() override {
    process_->signal(SIGTERM);
    process_->wait_for(kStopMax);
  }

  pid_t pid() const override { return process_->pid(); }

  Duration busy_time() const override {
    if (!polls_) return 0;
    const auto answer = integration::http_request("GET", "/metrics", "", integration::kAdminPort);
    return std::llround(1e9 * parse_metric(answer.body, "penstock_loop_busy_seconds_total"));
  }

 private:
  const bool polls_;
  TemporaryFolder folder_;
  std::optional<ChildProcess> process_;
};

class RunningJanus final : public RunningServer {
 public:
  explicit RunningJanus(const churn::JanusOptions& options) : server_(options) {}
  ~RunningJanus() override { server_.stop(); }

  pid_t pid() const override { return server_.pid(); }

 private:
  churn::JanusServer server_;
};

churn::JanusOptions janus_options(const StartOptions& options) {
  churn::JanusOptions janus;
  janus.address = kSignallingAddress;
  janus.nat = "  ice_lite = true\n  ice_enforce_list = \"" + std::string(kMediaAddress) + "\"\n";
  janus.launcher = pin_command(options.cpu);
  if (!options.janus_library_path.empty()) {
    janus.environment = {{"LD_LIBRARY_PATH", options.janus_library_path}};
  }
  return janus;
}

std::string output_of(const std::vector<std::string>& command) {
  const TemporaryFolder folder;
  ChildProcess process({.arguments = command, .output = folder.path() / "output"});
  const bool is_good = process.wait_for(kStartMax) == 0;
  const std::string text = last_line(test::read_file(folder.path() / "output"));
  if (!is_good) throw std::runtime_error(command.front() + " cannot be run: " + text);
  return text;
}

}  // namespace

const std::vector<Contender>& contenders() {
  static const std::vector<Contender> all = {
      {ContenderKind::kPenstockAfXdp, "penstock af_xdp", true, false},
      {ContenderKind::kPenstockAfPacket, "penstock af_packet", true, false},
      {ContenderKind::kPenstockSockets, "penstock sockets", true, true},
      {ContenderKind::kJanus, "janus", false, true}};
  return all;
}

std::string version_of(const Contender& contender, const StartOptions& options) {
  if (contender.kind != ContenderKind::kJanus) {
    return output_of({options.programs + "/penstock", "--version"});
  }
  try {
    return "janus " + output_of({"dpkg-query", "-W", "-f", "${Version}\n", "janus"});
  } catch (const std::runtime_error&) {
    throw std::runtime_error("janus is not installed: apt-get install janus");
  }
}

std::unique_ptr<RunningServer> start_server(const Contender& contender,
                                            const StartOptions& options) {
  std::vector<std::string> command = pin_command(options.cpu);
  const auto start_penstock = [&](const std::string& port, bool polls) {
    command.push_back(options.programs + "/penstock");
    return std::make_unique<PenstockServer>(command, penstock_config(port), polls);
  };
  switch (contender.kind) {
    case ContenderKind::kPenstockAfXdp:
      return start_penstock(on_the_device("net_af_xdp"), true);
    case ContenderKind::kPenstockAfPacket:
      return start_penstock(on_the_device("net_af_packet"), true);
    case ContenderKind::kPenstockSockets:
      return start_penstock(on_sockets(), false);
    case ContenderKind::kJanus:
      break;
  }
  return std::make_unique<RunningJanus>(janus_options(options));
}

std::vector<std::string> pin_command(int cpu) {
  if (cpu < 0) return {};
  return {"taskset", "--cpu-list", std::to_string(cpu)};
}

}  // namespace penstock::compare
