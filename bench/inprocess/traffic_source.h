// Internal header (includes rte_*). Where a worker's packets come from when there is no network:
// real SRTP of made-up publishers, encrypted on the worker's own thread, burst by burst, as its
// platform asks for them. So a run needs no third core, and nothing waits in a queue. What making
// them costs is part of the worker's CPU time; with ten receivers for each packet it is about a
// tenth of it.
//
// Packets leave in the order in which the encoders have them due, in media time: it runs with the
// clock (times a speed), or as fast as packets are asked for.
//
// Configured by one thread while the rate is zero (the worker does not look at the publishers
// then); fill() and set_now() belong to the worker's thread, the rate to any.
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "bench/inprocess/encoder.h"
#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/latency_probe.h"
#include "dataplane/api/stats.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/prng.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/srtp/batch.h"

namespace penstock::bench {

struct TrafficConfig {
  std::uint64_t seed = 1;
  std::uint32_t lost_per_million = 0;
};

class TrafficSource {
 public:
  TrafficSource(rte_mempool* pool, const TrafficConfig& config);

  void add_publisher(const SyntheticPublisher& publisher);
  // The one with this address of its own.
  void remove_publisher(const SocketAddress& address);
  // Packets per second; kNoTraffic, or kSaturated: as many as the worker asks for.
  void set_rate(std::uint64_t packets_per_second) {
    if (packets_per_second == kScheduled) speed_.store(1, std::memory_order_relaxed);
    rate_.store(packets_per_second, std::memory_order_release);
  }
  // By the encoders' patterns, so many times as fast.
  void set_schedule(double speed) {
    speed_.store(speed, std::memory_order_relaxed);
    rate_.store(kScheduled, std::memory_order_release);
  }

  // With kArriving: so many packets wait for the worker, and do so when the rate is zero again;
  // others are lost. Before it runs.
  void set_receive_ring(std::size_t packets) { receive_ring_ = packets; }
  // Publishers that are added begin at this time. While the rate is zero.
  void skip_to(Timestamp now) { media_time_ = std::max(media_time_, now); }
  // With kArriving: when the next packet comes; at once, if some wait.
  Timestamp next_arrival() const {
    if (!waiting_.empty()) return now_;
    if (rate_.load(std::memory_order_relaxed) != kArriving || schedule_.empty()) return kNever;
    return schedule_.front()->encoder.due();
  }
  // Any thread, of kArriving: all that came, and those of them that found no room.
  std::uint64_t arrived_packets() const { return arrived_packets_.get(); }
  std::uint64_t overrun_packets() const { return overrun_packets_.get(); }
  std::size_t waiting_packets() const { return waiting_.size(); }
  // False once the worker has taken all that waited: until then publishers stay. Any thread.
  bool has_waiting() const { return has_waiting_.load(std::memory_order_acquire); }

  // The time of the iteration that begins.
  void set_now(Timestamp now) { now_ = now; }
  Timestamp now() const { return now_; }
  // Where its packets come from.
  rte_mempool* pool() const { return pool_; }
  // At most burst.size() frames, as a port delivers them. Fewer when the rate or the pool says so.
  // `probe` hears of each.
  std::size_t fill(std::span<rte_mbuf*> burst, LatencyProbe& probe) noexcept;

  // What the network between the publishers and the worker has lost. Any thread.
  std::uint64_t lost_packets() const { return lost_packets_.get(); }

 private:
  struct Publisher {
    SrtpSendContext srtp;
    UdpPathTemplate path;
    std::uint8_t payload_type = 0;
    ExtensionMap extensions;
    SocketAddress address;
    std::uint16_t transport_sequence = 0;
  };
  struct Sending {
    Publisher* publisher = nullptr;
    Encoder encoder;
    MediaKind kind = MediaKind::kAudio;
    std::uint32_t ssrc = 0;
    std::uint32_t timestamp_step = 0;
    std::uint64_t sequence = 1;  // extended
    std::size_t number = 0;      // breaks ties
  };
  struct Turn {
    Sending* sending = nullptr;
    Encoder::Packet packet;
    Timestamp due = 0;
    std::uint64_t sequence = 0;
  };

  // At `rate` packets per second, which is not kScheduled.
  std::size_t due(std::uint64_t rate, std::size_t packets_max);
  std::size_t choose(std::uint64_t rate, std::size_t packets_max);
  std::size_t choose_scheduled(std::size_t packets_max);
  void let_arrive();
  std::size_t choose_waiting(std::size_t packets_max);
  std::size_t choose_at(std::uint64_t rate, std::size_t packets_max);
  bool take_turn(Timestamp due, Turn& turn);
  std::uint16_t write_header(const Turn& turn, std::uint8_t* rtp) const;
  static bool is_later(const Sending* a, const Sending* b);

  rte_mempool* pool_;
  TrafficConfig config_;
  Prng prng_;
  std::unique_ptr<SrtpEngine> engine_;
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::vector<std::unique_ptr<Sending>> sendings_;
  std::vector<Sending*> schedule_;  // a heap: whose packet is due first
  std::size_t sendings_made_ = 0;
  using Payload = std::array<std::uint8_t, kDatagramBytesMax>;
  std::array<Payload, 3> payloads_{};  // by Encoder::Start
  std::array<ProtectJob, kBurstMax> jobs_{};
  std::array<Turn, kBurstMax> turns_{};
  Counter lost_packets_;
  std::size_t receive_ring_ = 0;
  std::deque<Turn> waiting_;
  std::atomic<bool> has_waiting_{false};
  Counter arrived_packets_;
  Counter overrun_packets_;

  std::atomic<std::uint64_t> rate_{kNoTraffic};
  std::atomic<double> speed_{1};
  Timestamp now_ = 0;
  Timestamp paid_until_ = 0;  // paced: everything due before this was sent
  Timestamp media_time_ = 0;  // scheduled
  Timestamp media_seen_ = 0;  // the clock when media time was advanced
};

}  // namespace penstock::bench
