#include "tests/churn/janus_server.h"

#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <stdexcept>

#include "tests/integration/harness/janus_connection.h"

namespace penstock::churn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy = "install it: apt-get install janus";

// Below /usr/lib, in the folder of the architecture.
fs::path find_library(const std::string& kind, const std::string& name) {
  for (const auto& architecture : fs::directory_iterator("/usr/lib")) {
    const fs::path path = architecture.path() / "janus" / kind / name;
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
  }
  throw std::runtime_error("Janus is not there (" + name + "); " + kRemedy);
}

// A folder with one library is how the others are not loaded.
void link_library(const fs::path& folder, const std::string& kind, const std::string& name) {
  fs::create_directory(folder / kind);
  fs::create_symlink(find_library(kind, name), folder / kind / name);
}

void write_config(const fs::path& folder, const JanusOptions& options) {
  for (const char* kind : {"config", "events", "loggers"}) fs::create_directory(folder / kind);
  link_library(folder, "plugins", "libjanus_videoroom.so");
  link_library(folder, "transports", "libjanus_websockets.so");
  const auto path_of = [&](const char* kind) { return "\"" + (folder / kind).string() + "\"\n"; };
  test::write_file(folder / "config" / "janus.jcfg",
                   "general: {\n  configs_folder = " + path_of("config") + "  plugins_folder = " +
                       path_of("plugins") + "  transports_folder = " + path_of("transports") +
                       "  events_folder = " + path_of("events") + "  loggers_folder = " +
                       path_of("loggers") + "  debug_level = 2\n}\nnat: {\n" + options.nat +
                       "}\nevents: {\n  broadcast = false\n}\n");
  test::write_file(folder / "config" / "janus.transport.websockets.jcfg",
                   "general: {\n  json = \"compact\"\n  ws = true\n  ws_port = " +
                       std::to_string(integration::kWebSocketPort) + "\n  ws_ip = \"" +
                       options.address +
                       "\"\n  wss = false\n}\n"
                       "admin: {\n  admin_ws = false\n  admin_wss = false\n}\n");
  test::write_file(folder / "config" / "janus.plugin.videoroom.jcfg", "general: {\n}\n");
}

bool accepts_websocket(const std::string& address) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::make_address(address), integration::kWebSocketPort}, error);
  return !error;
}

}  // namespace

JanusServer::JanusServer(const JanusOptions& options) {
  write_config(folder_.path(), options);
  const fs::path config = folder_.path() / "config";
  std::vector<std::string> command = options.launcher;
  command.insert(command.end(),
                 {"janus", "-F", config.string(), "-C", (config / "janus.jcfg").string()});
  process_.emplace(integration::ChildOptions{.arguments = command,
                                             .output = folder_.path() / "log",
                                             .folder = folder_.path(),
                                             .environment = options.environment});
  const Timestamp deadline = integration::monotonic_now() + 30 * kSecond;
  while (!accepts_websocket(options.address)) {
    if (!process_->is_running() || integration::monotonic_now() > deadline) {
      throw std::runtime_error("Janus does not start (" + std::string(kRemedy) + "):\n" +
                               test::read_file(folder_.path() / "log"));
    }
    ::usleep(10'000);
  }
}

bool JanusServer::stop() {
  process_->signal(SIGTERM);
  return process_->wait_for(20 * kSecond).has_value();
}

}  // namespace penstock::churn
