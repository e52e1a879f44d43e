// Reads what the sockets of all peers have: many datagrams with one system call (recvmmsg), and
// those of a subscriber that are to be decrypted with one batch. One thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/load/peer_socket.h"
#include "bench/load/publisher.h"
#include "bench/load/subscriber.h"
#include "dataplane/base/histogram.h"
#include "dataplane/base/prng.h"

namespace penstock::load {

// Sums over all subscribers. Those of the measured window are told from the others by the numbers
// of packets (stream_stats.h).
struct ReceiveTotals {
  std::uint64_t datagrams = 0;        // ever, of all kinds
  std::uint64_t media_datagrams = 0;  // ever
  std::uint64_t received = 0;         // in the window, without duplicates
  std::uint64_t decrypted = 0;        // in the window
  std::uint64_t srtp_failures = 0;    // ever
  std::uint64_t unmarked = 0;         // ever: decrypted, and not what we sent
  Histogram delays;                   // in the window, of decrypted packets
};

class PacketReceiver {
 public:
  PacketReceiver(SrtpEngine& srtp, SourceTable& sources, double decrypt_share);
  ~PacketReceiver();
  PacketReceiver(const PacketReceiver&) = delete;
  PacketReceiver& operator=(const PacketReceiver&) = delete;

  // A socket that closes leaves by itself.
  void add(Peer& peer);
  // Something else that may be readable: ends a wait.
  void add_other(int descriptor);

  // Waits for at most that long until something can be read.
  void wait(Duration limit);
  // Reads from a few of the sockets that wait found ready; false if there are none left. A batch
  // of each at most: who has more is ready again next time.
  bool read_some(Timestamp now);

  const ReceiveTotals& totals() const { return totals_; }
  // Delays since this was called last.
  Histogram take_recent_delays() { return std::exchange(recent_delays_, {}); }

 private:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kDatagramBytes = 2'048;
  static constexpr std::size_t kReady = 1'024;
  static constexpr std::size_t kSocketsAtOnce = 16;

  // An RTP packet of the batch.
  struct Arrival {
    std::size_t stream = 0;
    std::uint16_t sequence_number = 0;
    std::uint32_t timestamp = 0;
    Timestamp at = 0;
    int job = -1;  // of the batch of those to decrypt
  };

  void read(Peer& peer, Timestamp now);
  void note_arrival(Subscriber& subscriber, std::span<std::uint8_t> packet, Timestamp at);
  void settle(Subscriber& subscriber);
  // What a decrypted packet tells; the time at which it was sent, 0 if it is none of ours.
  Timestamp read_job(ReceivedStream& stream, const Arrival& arrival);

  SrtpEngine& srtp_;
  SourceTable& sources_;
  std::uint64_t decrypt_below_;  // of 2^32
  Prng prng_{1};
  int epoll_ = -1;
  std::vector<epoll_event> events_;
  std::vector<void*> ready_;  // Peer*, from the back
  ReceiveTotals totals_;
  Histogram recent_delays_;

  std::vector<std::uint8_t> bytes_;
  std::array<std::array<std::uint8_t, 64>, kBatch> control_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::vector<Arrival> arrivals_;
  std::vector<UnprotectJob> jobs_;
};

}  // namespace penstock::load
