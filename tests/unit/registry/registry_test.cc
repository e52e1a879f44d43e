// What the registry makes, tells workers of, and frees.
#include "tests/unit/registry/registry_fixture.h"

namespace penstock {
namespace {

TEST_F(RegistryTest, CommandsGoToTheWorkerThatOwnsTheTransport) {
  const auto handle = transport(1);
  EXPECT_TRUE(link.commands[0].empty());
  ASSERT_EQ(link.commands[1].size(), 1U);
  EXPECT_EQ(link.commands[1][0].kind, CommandKind::kAdoptTransport);
  EXPECT_EQ(link.commands[1][0].transport, handle);
  registry.destroy_transport(handle, 0);
  expect_baseline();
}

TEST_F(RegistryTest, SubscriptionIsPublishedOnTheReceiversWorker) {
  const auto publisher = transport(0);
  const auto receiver = transport(1);
  const auto source = stream(publisher);
  const auto subscription = subscribe(receiver, source);
  ASSERT_TRUE(subscription.has_value());
  const Stream* resolved = registry.pools().streams.resolve(source);
  EXPECT_TRUE(resolved->fan_out.head(0).is_null());
  EXPECT_FALSE(resolved->fan_out.head(1).is_null());
  registry.destroy_subscription(*subscription, 0);
  EXPECT_TRUE(resolved->fan_out.head(1).is_null());
  registry.destroy_stream(source, 0);
  registry.destroy_transport(publisher, 0);
  registry.destroy_transport(receiver, 0);
  expect_baseline();
}

TEST_F(RegistryTest, DestroyedObjectsResolveToNullAtOnceAndAreReusedOnlyAfterTheGracePeriod) {
  std::vector<TransportHandle> handles;
  for (int i = 0; i < 4; ++i) handles.push_back(transport(0));
  EXPECT_EQ(registry.create_transport({}).error(), DataplaneError::kTransportPoolFull);
  registry.destroy_transport(handles[0], 0);
  EXPECT_EQ(registry.pools().transports.resolve(handles[0]), nullptr);
  registry.poll(0, events);
  EXPECT_EQ(registry.create_transport({}).error(), DataplaneError::kRetireListFull)
      << "a worker may still read it";
  link.ended = link.token;
  registry.poll(0, events);
  EXPECT_TRUE(registry.create_transport({}).has_value());
}

// An idle control plane has slept since it last polled.
TEST_F(RegistryTest, TheWaitCountsFromTheDestructionNotFromThePollBefore) {
  const auto publisher = transport(0);
  const auto source = stream(publisher);
  registry.poll(kSecond, events);
  registry.destroy_stream(source, 5 * kSecond);
  registry.destroy_transport(publisher, 5 * kSecond);
  EXPECT_EQ(registry.retired().oldest(), 5 * kSecond);
  link.ended = link.token;
  registry.poll(5 * kSecond + kMillisecond, events);
  EXPECT_EQ(registry.retired().waits().count(), 2U);
  EXPECT_EQ(registry.retired().waits().max(), kMillisecond);
  expect_baseline();
}

TEST_F(RegistryTest, AnyOrderOfDestructionLeavesNothing) {
  for (int order = 0; order < 24; ++order) {
    const auto publisher = transport(0);
    const auto receiver = transport(1);
    const auto source = stream(publisher);
    const auto subscription = *subscribe(receiver, source);
    std::vector<std::function<void()>> steps = {
        [&] { registry.destroy_transport(publisher, 0); },
        [&] { registry.destroy_transport(receiver, 0); },
        [&] { registry.destroy_stream(source, 0); },
        [&] { registry.destroy_subscription(subscription, 0); }};
    int rest = order;
    for (std::size_t left = 4; left > 0; --left) {
      const auto pick = static_cast<std::size_t>(rest) % left;
      rest /= static_cast<int>(left);
      steps[pick]();
      steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    expect_baseline();
  }
}

TEST_F(RegistryTest, StreamWithoutATransportLivesAndDiesLikeAnyOther) {
  const auto dummy = stream({});
  const auto receiver = transport(1);
  const auto subscription = subscribe(receiver, dummy);
  ASSERT_TRUE(subscription.has_value());
  registry.destroy_stream(dummy, 0);
  registry.destroy_subscription(*subscription, 0);
  registry.destroy_transport(receiver, 0);
  expect_baseline();
}

TEST_F(RegistryTest, CommandsThatDoNotFitTheRingAreSentLaterInOrder) {
  const auto handle = transport(0);
  link.ring_entries = 1;
  registry.set_ice_credentials(handle, {});
  EXPECT_TRUE(registry.set_srtp_keys(handle, {}));
  link.ring_entries = 1'000;
  registry.poll(0, events);
  ASSERT_EQ(link.commands[0].size(), 3U);
  EXPECT_EQ(link.commands[0][1].kind, CommandKind::kSetIceCredentials);
  EXPECT_EQ(link.commands[0][2].kind, CommandKind::kUseSrtpKeys);
  registry.destroy_transport(handle, 0);
  expect_baseline();
}

TEST_F(RegistryTest, ReportsEveryPoolByName) {
  PoolReports reports;
  registry.report_pools(reports);
  ASSERT_EQ(reports.size(), 4U);
  for (const PoolReport& report : reports) {
    EXPECT_FALSE(report.name.empty());
    EXPECT_EQ(report.counts.free, report.counts.capacity) << report.name;
  }
}

TEST_F(RegistryTest, WhoOwnsNothingOfWhatIsLiveIsFoundOut) {
  const auto publisher = transport(0);
  const auto receiver = transport(1);
  const auto source = stream(publisher);
  const auto subscription = *subscribe(receiver, source);
  OwnershipWalk nobody;
  registry.expect_pools(nobody);
  EXPECT_EQ(nobody.findings().size(), 4U);
  OwnershipWalk everybody;
  registry.expect_pools(everybody);
  registry.walk_transport(everybody, publisher);
  registry.walk_transport(everybody, receiver);
  registry.walk_stream(everybody, source);
  registry.walk_subscription(everybody, subscription);
  EXPECT_EQ(everybody.findings(), std::vector<std::string>{});
  registry.destroy_stream(source, 0);
  OwnershipWalk stale;
  registry.walk_stream(stale, source);
  EXPECT_EQ(stale.findings().size(), 1U);
}

TEST_F(RegistryTest, ARefusedSubscriptionLeavesNothingAndTellsNobody) {
  const auto receiver = transport(1);
  const auto source = stream({});
  std::vector<SubscriptionHandle> made;
  for (int i = 0; i < 8; ++i) made.push_back(*subscribe(receiver, source));
  const auto before = registry.pool_counts();
  const std::size_t commands = link.commands[1].size();
  EXPECT_EQ(subscribe(receiver, source).error(), DataplaneError::kSubscriptionPoolFull);
  EXPECT_EQ(registry.pool_counts().subscriptions, before.subscriptions);
  EXPECT_EQ(registry.pool_counts().fan_out_chunks, before.fan_out_chunks);
  EXPECT_EQ(registry.pool_counts().retired_count, before.retired_count);
  EXPECT_EQ(link.commands[1].size(), commands);
}

TEST_F(RegistryTest, AWorkerThatTakesNoCommandsGetsNoNewObjects) {
  const auto receiver = transport(1);
  const auto source = stream({});
  const auto subscription = *subscribe(receiver, source);
  link.ring_entries = 0;
  for (int i = 0; i < 5'000; ++i) registry.add_flow(receiver, {}, std::nullopt);
  EXPECT_EQ(subscribe(receiver, source).error(), DataplaneError::kRetireListFull);
  StreamConfig config;
  config.transport = receiver;
  EXPECT_EQ(registry.create_stream(config).error(), DataplaneError::kRetireListFull);
  // Ends are not refused.
  registry.destroy_subscription(subscription, 0);
  registry.destroy_transport(receiver, 0);
  registry.destroy_stream(source, 0);
  expect_baseline();
}

// Who stands in the stream's list of this worker.
std::vector<SubscriptionHandle> listed(const Registry& registry, StreamHandle stream,
                                       WorkerIndex worker) {
  std::vector<SubscriptionHandle> handles;
  const Pools& pools = registry.pools();
  for_each_subscription(pools.fan_out, pools.streams.resolve(stream)->fan_out.head(worker),
                        [&](SubscriptionHandle handle) { handles.push_back(handle); });
  return handles;
}

TEST_F(RegistryTest, ARetargetMovesASubscriptionAndTellsItsWorker) {
  const auto receiver = transport(1);
  const auto from = stream({});
  const auto to = stream({});
  const auto moved = *subscribe(receiver, from);
  const std::size_t commands = link.commands[1].size();
  ASSERT_TRUE(registry.prepare_retarget(moved, to).has_value());
  EXPECT_EQ(listed(registry, from, 1), std::vector{moved});
  EXPECT_EQ(link.commands[1].size(), commands) << "nobody is told before the commit";
  registry.commit_retarget(moved, {.stream = to, .payload_type = 99});
  EXPECT_TRUE(listed(registry, from, 1).empty());
  EXPECT_EQ(listed(registry, to, 1), std::vector{moved});
  ASSERT_EQ(link.commands[1].size(), commands + 1);
  EXPECT_EQ(link.commands[1].back().kind, CommandKind::kRetarget);
  EXPECT_EQ(link.commands[1].back().target.stream, to);
  registry.destroy_stream(from, 0);
  EXPECT_EQ(listed(registry, to, 1), std::vector{moved});
  registry.destroy_subscription(moved, 0);
  EXPECT_TRUE(listed(registry, to, 1).empty());
  registry.destroy_stream(to, 0);
  registry.destroy_transport(receiver, 0);
  expect_baseline();
}

TEST_F(RegistryTest, ACancelledRetargetLeavesNothing) {
  const auto receiver = transport(1);
  const auto from = stream({});
  const auto to = stream({});
  const auto subscription = *subscribe(receiver, from);
  const std::size_t commands = link.commands[1].size();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(registry.prepare_retarget(subscription, to).has_value());
    ASSERT_TRUE(registry.prepare_retarget(subscription, to).has_value()) << "again";
    registry.cancel_retarget(subscription);
    EXPECT_TRUE(listed(registry, to, 1).empty());
  }
  EXPECT_EQ(link.commands[1].size(), commands);
  ASSERT_TRUE(registry.prepare_retarget(subscription, to).has_value());
  registry.destroy_subscription(subscription, 0);
  EXPECT_TRUE(listed(registry, to, 1).empty());
  EXPECT_EQ(registry.prepare_retarget(subscription, to).error(), DataplaneError::kNoSuchObject);
  for (const StreamHandle handle : {from, to}) registry.destroy_stream(handle, 0);
  registry.destroy_transport(receiver, 0);
  expect_baseline();
}

// Each move leaves a chunk behind that waits for its grace period.
TEST_F(RegistryTest, RetargetsWithoutAnEndOfTheGracePeriodAreRefusedAndDestroyNothing) {
  const auto receiver = transport(1);
  const StreamHandle streams[] = {stream({}), stream({})};
  const auto subscription = *subscribe(receiver, streams[0]);
  std::size_t moves = 0;
  for (; moves < 1'000; ++moves) {
    const StreamHandle to = streams[(moves + 1) % 2];
    const auto prepared = registry.prepare_retarget(subscription, to);
    if (!prepared) {
      EXPECT_EQ(prepared.error(), DataplaneError::kRetireListFull);
      break;
    }
    registry.commit_retarget(subscription, {.stream = to});
  }
  EXPECT_GT(moves, 8U);
  EXPECT_LT(moves, 1'000U);
  EXPECT_EQ(listed(registry, streams[moves % 2], 1), std::vector{subscription});
  link.ended = link.token;
  registry.poll(0, events);
  EXPECT_TRUE(registry.prepare_retarget(subscription, streams[(moves + 1) % 2]).has_value());
  registry.destroy_subscription(subscription, 0);
  for (const StreamHandle handle : streams) registry.destroy_stream(handle, 0);
  registry.destroy_transport(receiver, 0);
  expect_baseline();
}

// What makes it right that the pool has one chunk for each subscription (fan_out_writer.h).
TEST(RegistryFanOut, ThereAreNeverMoreChunksThanSubscriptions) {
  test::allow_pools_in_use_at_end();
  FakeLink link;
  NoEvents events;
  Registry registry{link, {.transports = 40, .streams = 8, .subscriptions = 300}, 1};
  Prng prng(11);
  std::vector<TransportHandle> receivers;
  for (std::size_t i = 0; i < 32; ++i) {
    TransportConfig config;
    config.worker = static_cast<WorkerIndex>(i % 2);
    receivers.push_back(*registry.create_transport(config));
  }
  std::array<StreamHandle, 8> streams{};
  std::vector<SubscriptionHandle> subscriptions;
  for (int step = 0; step < 40'000; ++step) {
    StreamHandle& stream = streams[prng.below(8)];
    const auto what = prng.below(200);
    if (what == 0) {
      registry.destroy_stream(stream, 0);
      stream = {};
    } else if (what < 100 && !subscriptions.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(prng.below(subscriptions.size()));
      registry.destroy_subscription(subscriptions[static_cast<std::size_t>(at)], 0);
      subscriptions.erase(subscriptions.begin() + at);
    } else {
      if (stream.is_null()) stream = registry.create_stream({}).value_or(StreamHandle{});
      SubscriptionConfig config;
      config.transport = receivers[prng.below(32)];
      config.target.stream = stream;
      const auto made = registry.create_subscription(config);
      if (made) subscriptions.push_back(*made);
      ASSERT_TRUE(made || made.error() != DataplaneError::kFanOutPoolFull);
    }
    const auto counts = registry.pool_counts();
    ASSERT_GE(counts.fan_out_chunks.free, counts.subscriptions.free);
    if (prng.below(10) != 0) continue;
    link.ended = link.token - prng.below(5) % (link.token + 1);
    registry.poll(step, events);
  }
}

#ifdef PENSTOCK_TEST_HOOKS
// Each allocation that a create makes is refused in turn.
TEST_F(RegistryTest, ACreateThatFailsHalfwayLeavesTheExactStateOfBefore) {
  const auto receiver = transport(1);
  const auto source = stream({});
  const auto before = registry.pool_counts();
  const auto is_as_before = [&] {
    const auto now = registry.pool_counts();
    return now.transports == before.transports && now.streams == before.streams &&
           now.subscriptions == before.subscriptions &&
           now.fan_out_chunks == before.fan_out_chunks && now.retired_count == 0 &&
           link.commands[0].empty() && link.commands[1].size() == 1;
  };
  const auto fails_at = [&](std::uint64_t nth, auto&& create) {
    test_hooks::state() = {.fail_at = nth};
    const bool failed = !create().has_value();
    test_hooks::state() = {};
    return failed;
  };
  EXPECT_TRUE(fails_at(1, [&] { return registry.create_transport({}); }));
  EXPECT_TRUE(is_as_before());
  EXPECT_TRUE(fails_at(1, [&] { return registry.create_stream({}); }));
  EXPECT_TRUE(is_as_before());
  EXPECT_TRUE(fails_at(1, [&] { return subscribe(receiver, source); }));
  EXPECT_TRUE(is_as_before());
  EXPECT_TRUE(fails_at(2, [&] { return subscribe(receiver, source); }));
  EXPECT_TRUE(is_as_before());
  EXPECT_TRUE(subscribe(receiver, source).has_value());
}
#endif

// A worker's table of a transport has a fixed size: what does not fit is refused here, not there.
TEST(RegistryLimits, ATransportHasNoMoreStreamsAndSubscriptionsThanItsWorkerHasRoomFor) {
  test::allow_pools_in_use_at_end();
  FakeLink link;
  Registry registry{link, {.transports = 2, .streams = 80, .subscriptions = 80}, 1};
  const auto publisher = *registry.create_transport({});
  const auto receiver = *registry.create_transport({});
  StreamConfig stream;
  stream.transport = publisher;
  std::vector<StreamHandle> streams;
  for (std::size_t i = 0; i < kStreamsPerTransport; ++i)
    streams.push_back(*registry.create_stream(stream));
  EXPECT_EQ(registry.create_stream(stream).error(), DataplaneError::kTooManyStreams);
  SubscriptionConfig subscription;
  subscription.transport = receiver;
  subscription.target.stream = streams[0];
  std::vector<SubscriptionHandle> subscriptions;
  for (std::size_t i = 0; i < kSubscriptionsPerTransport; ++i)
    subscriptions.push_back(*registry.create_subscription(subscription));
  EXPECT_EQ(registry.create_subscription(subscription).error(), DataplaneError::kTooManyStreams);

  // The worker forgets what is destroyed before it takes up anything new: there is room at once.
  registry.destroy_subscription(subscriptions[7], 0);
  EXPECT_TRUE(registry.create_subscription(subscription).has_value());
  EXPECT_EQ(registry.create_subscription(subscription).error(), DataplaneError::kTooManyStreams);
  registry.destroy_stream(streams[3], 0);
  EXPECT_TRUE(registry.create_stream(stream).has_value());
  EXPECT_EQ(registry.create_stream(stream).error(), DataplaneError::kTooManyStreams);
  // A stream without a transport is in nobody's table.
  EXPECT_TRUE(registry.create_stream({}).has_value());
}

TEST(RegistryLimits, ATransportHasRoomForWhatItWasMadeFor) {
  test::allow_pools_in_use_at_end();
  FakeLink link;
  const PoolSizes sizes{.transports = 2,
                        .streams_per_transport = 128,
                        .subscriptions_per_transport = 500,
                        .streams = 200,
                        .subscriptions = 600};
  Registry registry{link, sizes, 1};
  TransportConfig config;
  config.streams_max = sizes.streams_per_transport + 1;
  EXPECT_EQ(registry.create_transport(config).error(), DataplaneError::kTooManyStreams);
  config.streams_max = sizes.streams_per_transport;
  config.subscriptions_max = sizes.subscriptions_per_transport;
  StreamConfig stream;
  stream.transport = *registry.create_transport(config);
  SubscriptionConfig subscription;
  subscription.transport = stream.transport;
  for (std::size_t i = 0; i < config.streams_max; ++i)
    subscription.target.stream = registry.create_stream(stream).value();
  EXPECT_EQ(registry.create_stream(stream).error(), DataplaneError::kTooManyStreams);
  for (std::size_t i = 0; i < config.subscriptions_max; ++i)
    ASSERT_TRUE(registry.create_subscription(subscription).has_value());
  EXPECT_EQ(registry.create_subscription(subscription).error(), DataplaneError::kTooManyStreams);
}

TEST(RegistryLimits, ThereAreAsManyTransportsOfARoleAsTheyHaveTables) {
  test::allow_pools_in_use_at_end();
  FakeLink link;
  const PoolSizes sizes{
      .transports = 3, .publishing = 1, .receiving = 2, .streams = 1, .subscriptions = 1};
  Registry registry{link, sizes, 1};
  TransportConfig publisher;
  publisher.subscriptions_max = 0;
  TransportConfig receiver;
  receiver.streams_max = 0;
  ASSERT_TRUE(registry.create_transport(receiver).has_value());
  ASSERT_TRUE(registry.create_transport(publisher).has_value());
  EXPECT_EQ(registry.create_transport(publisher).error(), DataplaneError::kTransportPoolFull);
  EXPECT_TRUE(registry.create_transport(receiver).has_value());
  EXPECT_EQ(registry.create_transport(receiver).error(), DataplaneError::kTransportPoolFull);
}

TEST(RegistryLimits, ANewTransportInTheSlotOfAFullOneIsEmpty) {
  test::allow_pools_in_use_at_end();
  FakeLink link;
  NoEvents events;
  Registry registry{link, {.transports = 1, .streams = 80, .subscriptions = 8}, 1};
  for (int life = 0; life < 2; ++life) {
    StreamConfig stream;
    stream.transport = *registry.create_transport({});
    std::vector<StreamHandle> streams;
    for (std::size_t i = 0; i < kStreamsPerTransport; ++i)
      streams.push_back(registry.create_stream(stream).value());
    registry.destroy_transport(stream.transport, 0);
    link.ended = link.token;
    registry.poll(0, events);
    const auto next = *registry.create_transport({});
    // Those of the old transport end after it: they must not count against the new one.
    for (const StreamHandle handle : streams) registry.destroy_stream(handle, 0);
    registry.destroy_transport(next, 0);
    link.ended = link.token;
    registry.poll(0, events);
  }
}

TEST_F(RegistryTest, CreatesAreRefusedOnceTheRetireListIsHalfFull) {
  // No grace period ever ends: a worker is stopped. 1 + 80 + 8 + 18 objects can wait.
  Registry small{link, {.transports = 1, .streams = 80, .subscriptions = 8}, 1};
  ASSERT_EQ(small.pool_counts().retire_capacity, 107U);
  for (int i = 0; i < 54; ++i) {
    const auto made = small.create_stream({});
    ASSERT_TRUE(made.has_value()) << i;
    small.destroy_stream(*made, 0);
  }
  EXPECT_EQ(small.create_stream({}).error(), DataplaneError::kRetireListFull);
  EXPECT_EQ(small.create_transport({}).error(), DataplaneError::kRetireListFull);
  link.ended = link.token;
  small.poll(0, events);
  EXPECT_TRUE(small.create_transport({}).has_value());
  EXPECT_EQ(small.pool_counts().reclaimed_count, 54U);
}

}  // namespace
}  // namespace penstock
