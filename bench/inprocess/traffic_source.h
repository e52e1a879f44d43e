// Internal header (includes rte_*). Where a worker's packets come from when there is no network:
// real SRTP of made-up publishers, encrypted on the worker's own thread, burst by burst, as its
// platform asks for them. So a run needs no third core, and nothing waits in a queue. What making
// them costs is part of the worker's CPU time; with ten receivers for each packet it is about a
// tenth of it.
//
// Configured by one thread while the rate is zero (the worker does not look at the publishers
// then); fill() and set_now() belong to the worker's thread, the rate to any.
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/latency_probe.h"
#include "dataplane/base/limits.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/srtp/batch.h"

namespace penstock::bench {

class TrafficSource {
 public:
  explicit TrafficSource(rte_mempool* pool);

  void add_publisher(const SyntheticPublisher& publisher);
  // The one with this address of its own.
  void remove_publisher(const SocketAddress& address);
  // Packets per second; kNoTraffic, or kSaturated: as many as the worker asks for.
  void set_rate(std::uint64_t packets_per_second) {
    rate_.store(packets_per_second, std::memory_order_release);
  }

  // The time of the iteration that begins.
  void set_now(Timestamp now) { now_ = now; }
  Timestamp now() const { return now_; }
  // At most burst.size() frames, as a port delivers them. Fewer when the rate or the pool says so.
  // `probe` hears of each.
  std::size_t fill(std::span<rte_mbuf*> burst, LatencyProbe& probe) noexcept;

 private:
  struct Publisher {
    SrtpSendContext srtp;
    UdpPathTemplate path;
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    std::uint32_t timestamp_step = 0;
    std::uint64_t sequence = 1;  // extended
    std::uint16_t payload_bytes = 0;
    SocketAddress address;
    MediaKind kind = MediaKind::kAudio;
    Duration interval = 0;
    std::size_t burst = 1;
    Timestamp next_at = 0;  // scheduled: when its next packets are due
    std::size_t sent_of_burst = 0;
  };
  struct Turn {
    Publisher* publisher = nullptr;
    Timestamp due = 0;
  };

  std::size_t due(std::size_t packets_max);
  std::size_t choose_scheduled(std::size_t packets_max);
  std::size_t choose_in_turn(std::size_t packets_max);
  void write_header(Publisher& publisher, std::uint8_t* rtp) const;

  rte_mempool* pool_;
  std::unique_ptr<SrtpEngine> engine_;
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::size_t next_publisher_ = 0;
  std::array<std::uint8_t, kDatagramBytesMax> payload_{};
  std::array<ProtectJob, kBurstMax> jobs_{};
  std::array<Turn, kBurstMax> turns_{};

  std::atomic<std::uint64_t> rate_{kNoTraffic};
  Timestamp now_ = 0;
  Timestamp paid_until_ = 0;  // paced: everything due before this was sent
};

}  // namespace penstock::bench
