// What a part of a worker stands on, without the worker: the simulated platform, pools, and an
// environment. A test makes the part, and those that it uses.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "dataplane/worker/environment.h"
#include "dataplane/worker/owned_transports.h"
#include "tests/sim/sim_platform.h"

namespace penstock {

class PartTest : public testing::Test {
 protected:
  static constexpr std::size_t kTransports = 100;

  PartTest() { env.now = kSecond; }
  ~PartTest() override {
    for (const TransportHandle handle : transports) pools.transports.discard(handle);
  }

  TransportHandle add_transport() {
    return transports.emplace_back(
        pools.transports.allocate(TransportConfig{}, 1U, MemoryBlock(pools.tables)));
  }
  Transport& resolve(TransportHandle handle) { return *pools.transports.resolve(handle); }

  std::uint64_t drops(DropReason reason) const {
    return stats.drops[static_cast<std::size_t>(reason)].get();
  }

  WorkerContext make_context() {
    WorkerContext made;
    made.transports_max = kTransports;
    made.pools = &pools;
    made.gateway_macs = &gateway_macs;
    made.flow_sources = &flow_sources;
    made.stats = &stats;
    return made;
  }

  Pools pools{{.transports = kTransports, .streams = 8, .subscriptions = 8}, 1, PoolMemory::heap()};
  GatewayMacs gateway_macs;
  FlowSources flow_sources;
  WorkerStats stats;
  sim::SimHost host{1, {}};
  Environment<sim::SimPlatform> env{host.platform(0), make_context()};
  std::vector<TransportHandle> transports;
};

}  // namespace penstock
