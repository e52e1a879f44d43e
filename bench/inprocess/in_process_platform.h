// Internal header (includes rte_*). The server's platform (dataplane/dpdk/dpdk_platform.h) with its
// ends open: frames come from a TrafficSource, and what is transmitted is given back to the pool.
// Everything between, that is rings, handovers, grace periods and mbufs, is the server's own.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/inprocess/latency_probe.h"
#include "bench/inprocess/stage_clock.h"
#include "bench/inprocess/traffic_source.h"
#include "bench/inprocess/virtual_link.h"
#include "dataplane/dpdk/dpdk_platform.h"
#include "dataplane/dpdk/worker_loop.h"
#include "dataplane/srtp/batch.h"

namespace penstock::bench {

class InProcessPlatform : public DpdkPlatform {
 public:
  // `source` outlives the platform. `transmit_queue`: packets that it holds before they are free.
  // `link`, if there is one, takes what is transmitted in the queue's place; it outlives the
  // platform too.
  InProcessPlatform(const DpdkPlatform& server, TrafficSource& source, std::size_t transmit_queue,
                    VirtualLink* link)
      : DpdkPlatform(server), source_(source), link_(link), queue_(transmit_queue) {}
  ~InProcessPlatform() {
    for (rte_mbuf* packet : queue_) rte_pktmbuf_free(packet);  // or null
  }
  InProcessPlatform(const InProcessPlatform&) = delete;
  InProcessPlatform& operator=(const InProcessPlatform&) = delete;

  std::size_t receive_burst(std::span<rte_mbuf*> burst) noexcept {
    stages_.enter(Stage::kOutside);
    if (probe_.is_on()) probe_.looked(source_.now());
    const std::size_t count = source_.fill(burst, probe_);
    stages_.enter(Stage::kReceive);
    return count;
  }

  std::size_t transmit_burst(std::span<rte_mbuf*> burst) noexcept {
    if (probe_.is_on()) probe_.transmitted(burst, monotonic_now());
    packets_given(burst);
    if (link_ != nullptr) return transmit_to_link(burst);
    if (queue_.empty()) {
      give_back(burst);
      return burst.size();
    }
    std::array<rte_mbuf*, kSrtpJobsMax> sent;
    std::size_t count = 0;
    for (rte_mbuf* packet : burst) {
      rte_mbuf* oldest = std::exchange(queue_[next_], packet);
      next_ = next_ + 1 == queue_.size() ? 0 : next_ + 1;
      if (oldest != nullptr) sent[count++] = oldest;
    }
    give_back(std::span(sent).first(count));
    return burst.size();
  }

  bool send_event(const Event& event) noexcept {
    if (link_ != nullptr && event.kind == EventKind::kConsentExpired)
      link_->consent_ended(event.transport);
    return DpdkPlatform::send_event(event);
  }

  void report_quiescent() noexcept {
    stages_.enter_quiescent();
    DpdkPlatform::report_quiescent();
    stages_.enter(Stage::kControl);
  }

  // What the worker says of itself, because this platform can listen.
  void enter(Stage stage) noexcept { stages_.enter(stage); }
  void stored(const rte_mbuf* packet, const std::uint8_t* bytes) noexcept {
    if (probe_.is_on()) probe_.stored(packet, bytes);
  }
  void copied(const std::uint8_t* bytes, rte_mbuf* copy) noexcept {
    if (probe_.is_on()) probe_.copied(bytes, copy);
  }

  const StageClock& stages() const { return stages_; }
  LatencyProbe& probe() { return probe_; }

 private:
  std::size_t transmit_to_link(std::span<rte_mbuf*> burst) noexcept {
    const Stage stage = stages_.current();
    stages_.enter(Stage::kOutside);
    const std::size_t count =
        link_->transmit(burst, [this](std::span<rte_mbuf*> sent) { give_back(sent); });
    stages_.enter(stage);
    return count;
  }

  // As drivers do that offer RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, which the server asks for: without
  // a look at the packets.
  void give_back(std::span<rte_mbuf*> packets) noexcept {
    std::array<void*, kSrtpJobsMax> objects;
    std::ranges::copy(packets, objects.begin());
    rte_mempool_put_bulk(source_.pool(), objects.data(), static_cast<unsigned>(packets.size()));
  }

  TrafficSource& source_;
  VirtualLink* link_;
  StageClock stages_;
  LatencyProbe probe_;
  std::vector<rte_mbuf*> queue_;
  std::size_t next_ = 0;
};
static_assert(Platform<InProcessPlatform>);

}  // namespace penstock::bench
