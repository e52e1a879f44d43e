// The whole server: the one place that knows all parts, makes them in order from a configuration,
// runs their event loop and takes them down again. Control thread, which is the process's main
// thread.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "controlplane/config/config.h"
#include "dataplane/dpdk/worker_group.h"

namespace penstock {

class Server {
 public:
  // Starts everything; when it returns, clients can connect. Error: what is missing and what to do
  // about it; nothing is left behind.
  static std::expected<std::unique_ptr<Server>, std::string> start(const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What was started, for the log, one line each; the last ones are the addresses to open.
  const std::vector<std::string>& summary() const;

  // Serves until SIGINT or SIGTERM, then ends every call and stops: within a second. True if
  // nothing was left then: every pool empty, every packet back. False is a bug, and the log says
  // what.
  bool run();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace penstock
