// A run from beginning to end: signalling, joins, warm-up, the measurement with its churn, leaves.
// Owns everything; one thread and real time.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bench/load/options.h"
#include "bench/load/population.h"
#include "bench/load/progress.h"
#include "bench/load/room_setup.h"
#include "bench/load/windows.h"

namespace penstock::load {

class LoadRun {
 public:
  explicit LoadRun(const LoadOptions& options);

  // The error says why there is nothing that was measured.
  std::expected<LoadResult, std::string> run();

  // Ends a run, with an error; for handlers of signals.
  static void interrupt();

 private:
  // Counters that go on and on, when the measurement began.
  struct Mark {
    Timestamp at = 0;
    Duration cpu = 0;
    Duration waiting = 0;
    SendTotals sent;
    std::uint64_t queue_drops = 0;
  };

  std::expected<void, std::string> start();
  // Each publisher, then each subscriber, at the pace of the ramp.
  std::expected<void, std::string> join_all();
  std::expected<void, std::string> ramp(std::size_t count, void (Population::*join_one)());
  std::expected<void, std::string> measure();
  // Waits for what was sent in the measured time and is on its way.
  std::expected<void, std::string> drain();
  void begin_measurement();
  void end_measurement();
  void finish();

  // Media and signalling go on for that long, or until the condition holds. The error: signalling
  // ended, or we are told to end.
  std::expected<void, std::string> go_on(const std::string& phase, Timestamp until,
                                         const std::function<bool(Timestamp now)>& is_done);
  void turn();
  void read_sockets();
  void show_progress(const std::string& phase, Timestamp until, Timestamp now);

  const LoadOptions& options_;
  SourceTable sources_;
  std::unique_ptr<SrtpEngine> srtp_;
  std::optional<DtlsContext> dtls_;
  Signalling signalling_;
  RoomSetup room_;
  std::optional<PeerContext> context_;
  std::optional<MediaSender> sender_;
  std::optional<PacketReceiver> receiver_;
  std::optional<Population> peers_;
  Progress progress_;
  Timestamp read_at_ = 0;  // not before
  Mark begin_;
  LoadResult result_;
};

}  // namespace penstock::load
