// A registry with its workers on the simulated platform, and nothing above it: the world in which
// calls of the data plane are made to fail.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/registry/registry.h"
#include "tests/faults/every_point.h"
#include "tests/sim/sim_server.h"
#include "tests/sim/sim_worker.h"

namespace penstock::test {

struct NoEvents final : DataplaneEvents {
  void on_datagram(WorkerIndex, const Path&, TransportHandle,
                   std::span<const std::uint8_t>) override {}
  void on_path_selected(TransportHandle, const Path&) override {}
  void on_consent_expired(TransportHandle) override {}
  void on_media(StreamHandle, bool) override {}
  void on_talking(StreamHandle, bool, float) override {}
};

// A registry with its workers: one transport on each, a stream of the first, and subscriptions.
class RegistryWorld {
 public:
  static constexpr std::size_t kWorkerCount = 2;
  static constexpr PoolSizes kPoolSizes{.transports = 8, .streams = 8, .subscriptions = 200};

  explicit RegistryWorld(std::size_t subscriptions) {
    for (std::size_t i = 0; i < kWorkerCount; ++i) {
      WorkerContext context;
      context.index = static_cast<WorkerIndex>(i);
      context.worker_count = kWorkerCount;
      context.udp_port_base = 50'000;
      context.addresses = sim::host_addresses(2);
      context.transports_max = kPoolSizes.transports;
      context.pools = &registry.pools();
      context.gateway_macs = &gateway_macs_;
      context.flow_sources = &flow_sources_;
      context.stats = &stats_[i];
      workers_.push_back(std::make_unique<sim::SimWorker>(host.platform(context.index), context));
      TransportConfig config;
      config.worker = context.index;
      transports.push_back(*registry.create_transport(config));
    }
    stream = *make_stream();
    other = *make_stream();
    for (std::size_t i = 0; i < subscriptions; ++i) listed.push_back(*subscribe());
    run();
  }
  ~RegistryWorld() {
    registry.destroy_stream(stream, now_);
    registry.destroy_stream(other, now_);
    for (const SubscriptionHandle handle : listed) registry.destroy_subscription(handle, now_);
    for (const TransportHandle handle : transports) registry.destroy_transport(handle, now_);
    run();
    EXPECT_EQ(oracle.early_reclaims(), 0U);
  }

  std::expected<StreamHandle, DataplaneError> make_stream() {
    StreamConfig config;
    config.transport = transports[0];
    return registry.create_stream(config);
  }
  std::expected<SubscriptionHandle, DataplaneError> subscribe() {
    SubscriptionConfig config;
    config.transport = transports[1];
    config.target.stream = stream;
    return registry.create_subscription(config);
  }

  // Everything that is under way arrives, and grace periods end.
  void run() {
    for (int turn = 0; turn < 30; ++turn) {
      now_ += kMillisecond;
      for (const auto& worker : workers_) worker->run_once(now_);
      registry.poll(now_, events_);
    }
  }

  WorldState state() {
    run();
    WorldState lines;
    const DataplanePoolCounts counts = registry.pool_counts();
    for (const PoolCounts& pool :
         {counts.transports, counts.streams, counts.subscriptions, counts.fan_out_chunks}) {
      EXPECT_TRUE(pool.is_conserved());
      lines.push_back(std::to_string(pool.live) + " live, " + std::to_string(pool.retired) +
                      " retired");
    }
    // What the workers' own tables say.
    for (const TransportHandle handle : transports) {
      Transport* transport = registry.pools().transports.resolve(handle);
      if (transport == nullptr) continue;
      std::size_t streams = 0;
      for (const StreamTable::Entry& entry : transport->streams.entries())
        streams += registry.pools().streams.resolve(entry.stream) != nullptr;
      std::size_t subscriptions = 0;
      for (const Transport::Sent& sent : transport->subscriptions)
        subscriptions += registry.pools().subscriptions.resolve(sent.subscription) != nullptr;
      lines.push_back(
          "transport with " + std::to_string(streams) + " streams, " +
          std::to_string(subscriptions) + " subscriptions" +
          (transport->send.is_ready() && transport->receive.is_ready() ? ", keys" : ""));
    }
    for (const StreamHandle handle : {stream, other}) {
      lines.push_back("stream with " + std::to_string(listed_at(handle)) + " listed, shown by " +
                      std::to_string(std::ranges::count_if(listed, [&](SubscriptionHandle each) {
                        const Subscription* found = registry.pools().subscriptions.resolve(each);
                        return found != nullptr && found->target.stream == handle;
                      })));
    }
    return lines;
  }
  // To how many its packets go.
  std::size_t listed_at(StreamHandle handle) const {
    const Stream* found = registry.pools().streams.resolve(handle);
    std::size_t count = 0;
    for (std::size_t i = 0; found != nullptr && i < kWorkerCount; ++i) {
      for_each_subscription(registry.pools().fan_out,
                            found->fan_out.head(static_cast<WorkerIndex>(i)),
                            [&](SubscriptionHandle) { ++count; });
    }
    return count;
  }

  sim::SimHost host{kWorkerCount, sim::SimLimits{}};
  Registry registry{host, kPoolSizes, 1};
  sim::GraceOracle oracle{registry.pools(), host};
  std::vector<TransportHandle> transports;
  StreamHandle stream;  // of all subscriptions
  StreamHandle other;   // of none, at first
  std::vector<SubscriptionHandle> listed;

 private:
  Timestamp now_ = kSecond;
  NoEvents events_;
  GatewayMacs gateway_macs_;
  FlowSources flow_sources_;
  std::array<WorkerStats, kWorkerCount> stats_{};
  std::vector<std::unique_ptr<sim::SimWorker>> workers_;
};

// The call that adds one more subscription to a stream that has `before`.
inline FallibleCall<RegistryWorld> create_subscription_call(std::size_t before) {
  return {.name = "create_subscription, " + std::to_string(before) + " listed",
          .make_world = [=] { return std::make_unique<RegistryWorld>(before); },
          .attempt =
              [](RegistryWorld& world) {
                const auto made = world.subscribe();
                const NoFailures none;
                if (made) world.listed.push_back(*made);
                return made.has_value();
              }};
}

}  // namespace penstock::test
