// Internal header (includes rte_*). The server's platform (dataplane/dpdk/dpdk_platform.h) with its
// ends open: frames come from a TrafficSource, and what is transmitted is given back to the pool.
// Everything between, that is rings, handovers, grace periods and mbufs, is the server's own.
#pragma once

#include "bench/inprocess/stage_clock.h"
#include "bench/inprocess/traffic_source.h"
#include "dataplane/dpdk/dpdk_platform.h"

namespace penstock::bench {

class InProcessPlatform : public DpdkPlatform {
 public:
  // `source` outlives the platform.
  InProcessPlatform(const DpdkPlatform& server, TrafficSource& source)
      : DpdkPlatform(server), source_(source) {}

  std::size_t receive_burst(std::span<rte_mbuf*> burst) noexcept {
    stages_.enter(Stage::kOutside);
    const std::size_t count = source_.fill(burst);
    stages_.enter(Stage::kReceive);
    return count;
  }

  void enter(Stage stage) noexcept { stages_.enter(stage); }
  const StageClock& stages() const { return stages_; }

  std::size_t transmit_burst(std::span<rte_mbuf*> burst) noexcept {
    rte_pktmbuf_free_bulk(burst.data(), static_cast<unsigned>(burst.size()));
    return burst.size();
  }

 private:
  TrafficSource& source_;
  StageClock stages_;
};
static_assert(Platform<InProcessPlatform>);

}  // namespace penstock::bench
