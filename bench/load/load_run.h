// A run from beginning to end: signalling, joins, warm-up, the measurement with its churn, leaves.
// Owns everything; one thread and real time.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/media_sender.h"
#include "bench/load/options.h"
#include "bench/load/packet_receiver.h"
#include "bench/load/progress.h"
#include "bench/load/result.h"
#include "bench/load/room_setup.h"

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
  std::expected<void, std::string> ramp(std::size_t count, void (LoadRun::*join_one)());
  std::expected<void, std::string> measure();
  // Waits for what was sent in the measured time and is on its way.
  std::expected<void, std::string> drain();
  void begin_measurement();
  void end_measurement();
  void churn(Timestamp now);
  void finish();

  void join_publisher();
  void join_subscriber();
  // Feeds that are there, of those that the subscriber with this index has to have.
  std::vector<WantedStream> wanted_streams(std::size_t index) const;
  void adopt(Peer& peer);

  // Media and signalling go on for that long, or until the condition holds. The error: signalling
  // ended, or we are told to end.
  std::expected<void, std::string> go_on(const std::string& phase, Timestamp until,
                                         const std::function<bool(Timestamp now)>& is_done);
  void turn();
  void read_sockets();
  void rest(Timestamp until);
  void look_after_peers(Timestamp now);
  // Counts a peer that has connected or failed since; false if it needs no more care.
  bool note_progress(Peer& peer, bool& is_noted, Timestamp now);
  void on_event(std::uint64_t handle, const json::object& event);
  void show_progress(const std::string& phase, Timestamp until, Timestamp now);
  std::uint64_t own_queue_drops() const;
  void sum_up();

  struct LivePeer {
    Peer* peer = nullptr;
    bool is_noted = false;  // as connected
  };

  const LoadOptions& options_;
  SourceTable sources_;
  std::unique_ptr<SrtpEngine> srtp_;
  std::optional<DtlsContext> dtls_;
  Signalling signalling_;
  RoomSetup room_;
  std::optional<PeerContext> context_;
  std::optional<MediaSender> sender_;
  std::optional<PacketReceiver> receiver_;
  Progress progress_;

  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<LivePeer> live_;
  std::deque<Subscriber*> oldest_first_;  // connected ones
  std::size_t joining_ = 0;
  std::uint64_t live_connected_ = 0;
  Timestamp look_after_at_ = 0;
  Timestamp churn_next_at_ = 0;
  Timestamp read_at_ = 0;  // not before
  std::uint64_t queue_drops_of_leavers_ = 0;
  Mark begin_;
  LoadResult result_;
};

}  // namespace penstock::load
