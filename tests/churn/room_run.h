// The room script against one server, with its memory along the way.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/churn/resident_memory.h"

namespace penstock::churn {

struct RoomRun {
  std::string server;  // what it calls itself
  ResidentMemory memory;
  std::uint64_t refused = 0;
  double seconds = 0;
  std::uint64_t cycles = 0;

  double rooms_per_second() const { return static_cast<double>(cycles) / seconds; }
};

// `process` is the server that listens in this network namespace.
RoomRun run_room_script(pid_t process, const std::string& name, std::uint64_t cycles);

}  // namespace penstock::churn
