// The same script against Penstock and against Debian's Janus, one after the other, and a chart of
// their memory.
#include <fstream>
#include <stdexcept>

#include "bench/report/plot.h"
#include "tests/churn/janus_server.h"
#include "tests/churn/observed_server.h"
#include "tests/churn/progress.h"
#include "tests/churn/room_run.h"
#include "tests/churn/scenarios.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::churn {
namespace {

constexpr std::uint64_t kJanusRoomCycles = 20'000;

// Growth in MiB since the start.
std::vector<Point> growth_line(const ResidentMemory& memory) {
  std::vector<Point> line;
  const double first = memory.samples().front().y;
  for (const Point& sample : memory.samples()) {
    line.push_back({sample.x, (sample.y - first) / (1 << 20)});
  }
  return line;
}

void write_plot(const std::filesystem::path& path, const RoomRun& ours, const RoomRun& theirs) {
  const bench::Plot plot{.title = "Memory while rooms with a dummy publisher come and go",
                         .x = {.label = "rooms made and destroyed"},
                         .y = {.label = "RSS, MiB since start"},
                         .lines = {{theirs.server, "#c0392b", growth_line(theirs.memory)},
                                   {ours.server, "#2471a3", growth_line(ours.memory)}}};
  std::ofstream file(path);
  file << bench::to_svg(plot);
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string per_room(const RoomRun& run) {
  return number_text(run.memory.growth().slope_bytes_per_cycle, 4) + " B";
}

void add_comparison(Report& report, const RoomRun& ours, const RoomRun& theirs) {
  const auto add = [&](const std::string& what, auto&& text_of) {
    report.compare(what, {text_of(ours), text_of(theirs)});
  };
  add("server", [](const RoomRun& run) { return run.server; });
  add("memory per room (RSS slope)", per_room);
  add("RSS growth after warm-up",
      [](const RoomRun& run) { return std::to_string(run.memory.growth().bytes) + " B"; });
  add("RSS at the end",
      [](const RoomRun& run) { return mebibytes_text(run.memory.samples().back().y); });
  add("rooms a second", [](const RoomRun& run) {
    return with_commas(static_cast<std::uint64_t>(run.rooms_per_second()));
  });
  report.add("note", "Janus 1.3.2 and later have this case fixed");
  report.values()["janus"] = {
      {"server", theirs.server},
      {"rss_slope_bytes_per_cycle", theirs.memory.growth().slope_bytes_per_cycle},
      {"rss_growth_bytes", theirs.memory.growth().bytes},
      {"rss_samples", theirs.memory.growth().samples}};
}

}  // namespace

Report run_rooms_beside_janus(const Options& options) {
  const std::uint64_t cycles = options.cycles.value_or(kJanusRoomCycles);
  Report report("rooms --janus", cycles);
  integration::enter_network_namespace();
  ObservedServer server("[workers]\ncount = 2\n");
  server.take_baseline();
  const RoomRun ours = run_room_script(server.pid(), "penstock", cycles);
  server.report_baseline(report);
  server.stop(report);

  integration::enter_network_namespace();
  JanusServer janus({.environment = {kSteadyHeap}});
  const RoomRun theirs = run_room_script(janus.pid(), "janus", cycles);
  const bool has_ended = janus.stop();

  add_comparison(report, ours, theirs);
  report.add_growth(ours.memory.growth());
  if (!has_ended) report.add("janus", "did not end by SIGTERM");
  if (!options.plot_path.empty()) {
    write_plot(options.plot_path, ours, theirs);
    report.add("chart", std::filesystem::absolute(options.plot_path).string());
    report.values()["plot"] = options.plot_path.string();
  }
  return report;
}

}  // namespace penstock::churn
