// When a transport is seen to, and what is left of it once it was destroyed.
#include "dataplane/worker/owned_transports.h"

#include <set>

#include "tests/unit/worker/part_fixture.h"

namespace penstock {
namespace {

class OwnedTransportsTest : public PartTest {
 protected:
  TransportHandle adopt() {
    const TransportHandle handle = add_transport();
    owned.adopt(resolve(handle), handle, env.now);
    return handle;
  }

  // One call: how many were seen to. Each wants to be seen again after `again`.
  std::size_t run_once(Duration again) {
    std::size_t count = 0;
    owned.run_due(env.now, [&](Transport&, TransportHandle handle) {
      seen.insert(handle.bits());
      ++count;
      return env.now + again;
    });
    return count;
  }
  // A whole pass.
  std::size_t run(Duration again) {
    std::size_t total = 0;
    while (const std::size_t count = run_once(again)) total += count;
    return total;
  }

  FlowTable flows{kTransports * kFlowsPerTransportMax, 1};
  OwnedTransports owned{env.context, flows};
  std::set<std::uint64_t> seen;
};

TEST_F(OwnedTransportsTest, OnlyThoseAreSeenToOfWhichSomethingIsDue) {
  for (int i = 0; i < 10; ++i) adopt();
  EXPECT_EQ(run(kSecond), 10U) << "new ones are";
  env.now += kTimerPassInterval;
  EXPECT_EQ(run(kSecond), 0U);
  env.now += kSecond;
  EXPECT_EQ(run(kSecond), 10U);
  EXPECT_EQ(seen.size(), 10U);
}

TEST_F(OwnedTransportsTest, WhoIsWokenIsSeenToInTheNextPass) {
  const TransportHandle woken = adopt();
  for (int i = 0; i < 5; ++i) adopt();
  run(kSecond);
  seen.clear();
  owned.wake(resolve(woken), env.now);
  EXPECT_EQ(run_once(kSecond), 0U) << "a pass has its time";
  env.now += kTimerPassInterval;
  EXPECT_EQ(run(kSecond), 1U);
  EXPECT_EQ(seen, std::set{woken.bits()});
}

TEST_F(OwnedTransportsTest, OneCallSeesToABoundedNumberAndTheNextGoesOn) {
  for (std::size_t i = 0; i < 3 * kTimersPerIteration; ++i) adopt();
  EXPECT_EQ(run_once(kSecond), kTimersPerIteration);
  EXPECT_EQ(run_once(kSecond), kTimersPerIteration);
  EXPECT_EQ(run_once(kSecond), kTimersPerIteration);
  EXPECT_EQ(seen.size(), 3 * kTimersPerIteration);
}

TEST_F(OwnedTransportsTest, WhatHasEndedIsForgottenWithItsFlows) {
  const TransportHandle ended = adopt();
  const TransportHandle other = adopt();
  const SocketAddress flow{IpAddress::from_v4({198, 18, 0, 9}), 4'000};
  ASSERT_TRUE(owned.of(resolve(ended)).flows.push_back(flow));
  ASSERT_TRUE(flows.insert(flow, ended));
  flow_sources.add(0, flow.ip);
  pools.transports.unlink(ended);
  EXPECT_EQ(run(kSecond), 1U);
  EXPECT_EQ(owned.size(), 1U);
  EXPECT_TRUE(flows.find(flow).is_null());
  EXPECT_FALSE(flow_sources.may_have(0, flow.ip));
  // The other one has its place now.
  ASSERT_TRUE(owned.of(resolve(other)).flows.push_back(flow));
  EXPECT_EQ(owned.of(resolve(other)).transport, other);
  pools.transports.reclaim(ended);
  std::erase(transports, ended);
}

TEST_F(OwnedTransportsTest, WhoEndedMakesRoomForWhoComes) {
  for (std::size_t i = 0; i < kTransports; ++i) adopt();
  const TransportHandle ended = transports.back();
  transports.pop_back();
  pools.transports.unlink(ended);
  pools.transports.reclaim(ended);
  adopt();
  EXPECT_EQ(owned.size(), kTransports);
}

}  // namespace
}  // namespace penstock
