#include "tests/churn/room_run.h"

#include <iostream>

#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/room_script.h"

namespace penstock::churn {

RoomRun run_room_script(pid_t process, const std::string& name, std::uint64_t cycles) {
  RoomRun run{.server = {}, .memory = ResidentMemory(cycles), .cycles = cycles};
  integration::EventLoop loop;
  Progress progress(std::cerr, is_terminal(), name, cycles);
  RoomScript script(loop, {.cycles = cycles}, [&](std::uint64_t done) {
    if (run.memory.is_due(done)) run.memory.add(done, resident_bytes(process));
    if (done % 64 == 0 || done == cycles) progress.update(done, loop.now());
  });
  run.server = script.server_name();
  run.memory.add(0, resident_bytes(process));
  const Timestamp start = loop.now();
  progress.update(0, start);
  script.run();
  progress.finish(loop.now());
  run.seconds = static_cast<double>(loop.now() - start) / static_cast<double>(kSecond);
  run.refused = script.refused();
  return run;
}

}  // namespace penstock::churn
