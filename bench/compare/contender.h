// The servers that are compared, and one of them running: started on the server's side of the
// network with a configuration of its own, pinned to a CPU, ended with the object.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::compare {

enum class ContenderKind : std::uint8_t {
  kPenstockAfXdp,
  kPenstockAfPacket,
  kPenstockSockets,
  kJanus
};

struct Contender {
  ContenderKind kind;
  std::string name;
  bool is_penstock = false;       // what is compared with the others
  bool kernel_has_media = false;  // it has sockets: the media address is the kernel's
};

// All, in the order of the report.
const std::vector<Contender>& contenders();

struct StartOptions {
  std::string programs;            // the folder of penstock
  std::string janus_library_path;  // LD_LIBRARY_PATH of janus; empty: as it is
  int cpu = -1;                    // to be pinned to; -1: none
};

// A line: what the program says of itself, or its package. Throws if it is not there.
std::string version_of(const Contender& contender, const StartOptions& options);

class RunningServer {
 public:
  virtual ~RunningServer() = default;

  virtual pid_t pid() const = 0;
  // The time that its workers' iterations with work have taken so far, by the clock; 0 if it does
  // not tell. To be called on the server's side of the network.
  virtual Duration busy_time() const { return 0; }
};

// In this thread's network namespace; returns when the server takes connections. Throws
// std::runtime_error with the reason if it does not start.
std::unique_ptr<RunningServer> start_server(const Contender& contender,
                                            const StartOptions& options);

// A command that pins the one behind it; nothing for -1.
std::vector<std::string> pin_command(int cpu);

}  // namespace penstock::compare
