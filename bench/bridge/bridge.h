// The bridge as it runs: two ports, the two ways between them, a clock, signals, commands. The only
// part of it that reads the time and waits. Single-threaded. Throws std::runtime_error, with the
// remedy, if a device cannot be used.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "bench/bridge/direction.h"
#include "bench/bridge/options.h"
#include "bench/bridge/port.h"

namespace penstock::bridge {

class Bridge {
 public:
  // Opens the devices. From now on SIGINT, SIGTERM and SIGUSR1 are taken by run().
  explicit Bridge(const BridgeOptions& options);
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // Until SIGINT or SIGTERM.
  void run();

 private:
  void wait();
  void receive();
  void send();
  void read_signals();
  void read_commands();
  void obey(const std::string& line);
  void add_rule(RuleLine rule);
  void report();
  void report_each_second();

  BridgeOptions options_;
  Ports ports_;
  std::array<Direction, 2> directions_;  // by the port that frames go to
  int signals_ = -1;
  bool is_ended_ = false;
  std::string command_;  // what there is of a line
  Timestamp now_ = 0;
  Timestamp started_at_ = 0;
  Timestamp next_report_at_ = kNever;
};

}  // namespace penstock::bridge
