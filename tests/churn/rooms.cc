// Rooms with a dummy publisher of three streams, made and destroyed over the Janus API. It is the
// case that leaked in Janus before 1.3.2.
#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/room_run.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::churn {
namespace {

constexpr std::uint64_t kRoomCycles = 1'000'000;
constexpr const char* kRoomConfig = "[workers]\ncount = 2\n";

}  // namespace

Report run_rooms(const Options& options) {
  const std::uint64_t cycles = options.cycles.value_or(kRoomCycles);
  integration::enter_network_namespace();
  ObservedServer server(kRoomConfig);
  server.take_baseline();
  const RoomRun run = run_room_script(server.pid(), "rooms", cycles);

  Report report("rooms", cycles);
  report.add("server", run.server);
  report.add("each room", "a dummy publisher of 3 streams");
  report.add("time", number_text(run.seconds, 1) + " s, " +
                         with_commas(static_cast<std::uint64_t>(run.rooms_per_second())) +
                         " rooms a second");
  report.add("asked for again", with_commas(run.refused));
  report.add("RSS at the end", mebibytes_text(run.memory.samples().back().y));
  report.values()["seconds"] = run.seconds;
  report.values()["refused"] = run.refused;
  report.add_growth(run.memory.growth());
  server.report_baseline(report);
  server.stop(report);
  return report;
}

}  // namespace penstock::churn
