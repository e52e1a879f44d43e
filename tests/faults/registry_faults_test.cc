// Goal: whatever pool is full and whatever ring takes nothing, a call of the data plane is done
// completely or not at all, and what was sent to a worker arrives in the end. Method: each call
// with every one of its pool takes and ring pushes failing in turn, with real workers on the
// simulated platform. There are no exceptions here, and no memory is allocated.
#include <cstdio>

#include "dataplane/registry/registry.h"
#include "tests/faults/every_point.h"
#include "tests/sim/sim_server.h"
#include "tests/sim/sim_worker.h"

namespace penstock {
namespace {

using test::FallibleCall;
using test::Promise;

constexpr std::size_t kWorkers = 2;
constexpr PoolSizes kSizes{.transports = 8, .streams = 8, .subscriptions = 200};

struct NoEvents final : DataplaneEvents {
  void on_datagram(WorkerIndex, const Path&, TransportHandle,
                   std::span<const std::uint8_t>) override {}
  void on_path_selected(TransportHandle, const Path&) override {}
  void on_consent_expired(TransportHandle) override {}
  void on_media(StreamHandle, bool) override {}
};

// A registry with its workers: one transport on each, a stream of the first, and subscriptions.
class World {
 public:
  explicit World(std::size_t subscriptions) {
    for (std::size_t i = 0; i < kWorkers; ++i) {
      WorkerContext context;
      context.index = static_cast<WorkerIndex>(i);
      context.worker_count = kWorkers;
      context.udp_port_base = 50'000;
      context.addresses = sim::host_addresses(2);
      context.transports_max = kSizes.transports;
      context.pools = &registry.pools();
      context.gateway_macs = &gateway_macs_;
      context.stats = &stats_[i];
      workers_.push_back(std::make_unique<sim::SimWorker>(host.platform(context.index), context));
      TransportConfig config;
      config.worker = context.index;
      transports.push_back(*registry.create_transport(config));
    }
    stream = *make_stream();
    for (std::size_t i = 0; i < subscriptions; ++i) listed.push_back(*subscribe());
    run();
  }
  ~World() {
    registry.destroy_stream(stream);
    for (const SubscriptionHandle handle : listed) registry.destroy_subscription(handle);
    for (const TransportHandle handle : transports) registry.destroy_transport(handle);
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
    config.stream = stream;
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

  test::WorldState state() {
    run();
    test::WorldState lines;
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
      for (const SubscriptionHandle subscription : transport->subscriptions)
        subscriptions += registry.pools().subscriptions.resolve(subscription) != nullptr;
      lines.push_back("transport with " + std::to_string(streams) + " streams, " +
                      std::to_string(subscriptions) + " subscriptions");
    }
    return lines;
  }

  sim::SimHost host{kWorkers, sim::SimLimits{}};
  Registry registry{host, kSizes, 1};
  sim::GraceOracle oracle{registry.pools(), host};
  std::vector<TransportHandle> transports;
  StreamHandle stream;
  std::vector<SubscriptionHandle> listed;

 private:
  Timestamp now_ = kSecond;
  NoEvents events_;
  GatewayMacs gateway_macs_;
  std::array<WorkerStats, kWorkers> stats_{};
  std::vector<std::unique_ptr<sim::SimWorker>> workers_;
};

void expect_survives(const std::string& name, std::size_t subscriptions,
                     std::function<bool(World&)> attempt, Promise promise, std::size_t points) {
  const auto counts = test::fail_at_every_point(
      FallibleCall<World>{.name = name,
                          .make_world = [=] { return std::make_unique<World>(subscriptions); },
                          .attempt = std::move(attempt),
                          .promise = promise});
  std::printf("%-36s %2llu points, refused at %llu\n", name.c_str(),
              static_cast<unsigned long long>(counts.points),
              static_cast<unsigned long long>(counts.refused));
  EXPECT_GE(counts.points, points) << name << ": fewer points than it must have";
}

TEST(RegistryFaults, CreatesAreDoneCompletelyOrNotAtAll) {
  using enum Promise;
  expect_survives(
      "create_transport", 0,
      [](World& world) {
        const auto made = world.registry.create_transport({});
        if (made) world.transports.push_back(*made);
        return made.has_value();
      },
      kAllOrNothing, 2);
  expect_survives(
      "create_stream", 0,
      [](World& world) {
        const auto made = world.make_stream();
        if (made) world.registry.destroy_stream(std::exchange(world.stream, *made));
        return made.has_value();
      },
      kAllOrNothing, 2);
  // In an empty list, in a chunk with room, and with a chunk that is full.
  for (const std::size_t before : {0UL, 1UL, 29UL, 30UL, 31UL, 60UL}) {
    expect_survives(
        "create_subscription, " + std::to_string(before) + " listed", before,
        [](World& world) {
          const auto made = world.subscribe();
          if (made) world.listed.push_back(*made);
          return made.has_value();
        },
        kAllOrNothing, 2);
  }
}

TEST(RegistryFaults, EndingsAreAlwaysDone) {
  using enum Promise;
  for (const std::size_t before : {1UL, 30UL, 31UL, 60UL}) {
    for (const bool is_first : {true, false}) {
      expect_survives(
          "destroy_subscription, " + std::to_string(before) + " listed", before,
          [is_first](World& world) {
            const SubscriptionHandle gone = is_first ? world.listed.front() : world.listed.back();
            world.registry.destroy_subscription(gone);
            std::erase(world.listed, gone);
            return true;
          },
          kAlwaysDone, 0);
    }
  }
  expect_survives(
      "destroy_stream", 60,
      [](World& world) {
        world.registry.destroy_stream(world.stream);
        return true;
      },
      kAlwaysDone, 0);
  expect_survives(
      "destroy_transport", 60,
      [](World& world) {
        world.registry.destroy_transport(world.transports[1]);
        return true;
      },
      kAlwaysDone, 0);
}

TEST(RegistryFaults, WhatAFullRingDoesNotTakeArrivesLater) {
  using enum Promise;
  expect_survives(
      "set_extensions", 1,
      [](World& world) {
        world.registry.set_extensions(world.transports[1], {}, {});
        return true;
      },
      kAlwaysDone, 2);
  expect_survives(
      "set_paused", 1,
      [](World& world) {
        world.registry.set_paused(world.listed[0], true);
        return true;
      },
      kAlwaysDone, 1);
  expect_survives(
      "request_keyframe", 1,
      [](World& world) {
        world.registry.request_keyframe(world.stream);
        return true;
      },
      kAlwaysDone, 1);
  const std::array<std::uint8_t, 4> datagram{};
  expect_survives(
      "send_datagram", 0,
      [&](World& world) {
        world.registry.send_datagram(0, {}, datagram);
        return true;
      },
      kAlwaysDone, 1);
}

}  // namespace
}  // namespace penstock
