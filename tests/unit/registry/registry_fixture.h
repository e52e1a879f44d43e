// A registry over a fake link whose grace periods the test ends by hand.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "dataplane/registry/registry.h"
#include "tests/support/conservation.h"

namespace penstock {

class FakeLink final : public WorkerLink {
 public:
  std::size_t worker_count() const override { return 2; }
  bool send_command(WorkerIndex worker, const Command& command) override {
    if (commands[worker].size() >= ring_entries) return false;
    commands[worker].push_back(command);
    return true;
  }
  bool send_datagram(WorkerIndex, const OutgoingDatagram&) override { return true; }
  bool receive_event(WorkerIndex, Event&) override { return false; }
  bool receive_punted(WorkerIndex, PuntedDatagram&) override { return false; }
  GraceToken start_grace_period() override { return ++token; }
  bool grace_period_ended(GraceToken asked) override { return asked <= ended; }

  std::size_t ring_entries = 1'000;
  std::array<std::vector<Command>, 2> commands;
  GraceToken token = 0;
  GraceToken ended = 0;
};

struct NoEvents final : DataplaneEvents {
  void on_datagram(WorkerIndex, const Path&, TransportHandle,
                   std::span<const std::uint8_t>) override {}
  void on_path_selected(TransportHandle, const Path&) override {}
  void on_consent_expired(TransportHandle) override {}
  void on_media(StreamHandle, bool) override {}
  void on_talking(StreamHandle, bool, float) override {}
};

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override { test::allow_pools_in_use_at_end(); }

  // Whatever a test did: once everything is destroyed and the grace periods are over, the pools are
  // at their baseline.
  void expect_baseline() {
    link.ended = link.token;
    registry.poll(kSecond, events);
    const auto counts = registry.pool_counts();
    for (const PoolCounts& pool :
         {counts.transports, counts.streams, counts.subscriptions, counts.fan_out_chunks}) {
      EXPECT_EQ(pool.free, pool.capacity);
    }
    EXPECT_EQ(registry.pools().encodings.free(), counts.streams.capacity);
  }
  TransportHandle transport(WorkerIndex worker) {
    TransportConfig config;
    config.worker = worker;
    return *registry.create_transport(config);
  }
  StreamHandle stream(TransportHandle owner) {
    StreamConfig config;
    config.transport = owner;
    return *registry.create_stream(config);
  }
  std::expected<SubscriptionHandle, DataplaneError> subscribe(TransportHandle receiver,
                                                              StreamHandle source) {
    SubscriptionConfig config;
    config.transport = receiver;
    config.target.stream = source;
    return registry.create_subscription(config);
  }

  FakeLink link;
  NoEvents events;
  Registry registry{link, {.transports = 4, .streams = 4, .subscriptions = 8}, 1};
};

}  // namespace penstock
