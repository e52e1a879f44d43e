#include "controlplane/server/pool_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/pool/handle.h"

namespace penstock {
namespace {

constexpr std::size_t kGib = std::size_t{1} << 30;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(PoolPlanTest, EveryPoolIsASumOfNamedHolders) {
  config::RecordingConfig recording;
  recording.folder = "recordings";
  const PoolPlan plan = plan_pools({}, 2, false, recording);
  std::set<std::string_view> names;
  for (const PoolSum* sum : plan.all()) {
    EXPECT_TRUE(names.insert(sum->pool).second) << sum->pool;
    EXPECT_GT(sum->slots(), 0U) << sum->pool;
    EXPECT_GT(sum->slot_bytes, 0U) << sum->pool;
    for (const PoolTerm& term : sum->terms) EXPECT_FALSE(term.holder.empty()) << sum->pool;
  }
}

TEST(PoolPlanTest, WhatIsRecordedTakesAReceiversPlace) {
  const config::LimitsConfig limits{
      .rooms = 3, .participants = 16, .publishers = 8, .subscriptions = 80};
  config::RecordingConfig recording;
  recording.publishers_max = 8;
  recording.arena_mib = 2;
  const PoolPlan without = plan_pools(limits, 2, false, recording);
  EXPECT_EQ(without.arenas.slots(), 0U) << "it is off";
  recording.folder = "recordings";
  const PoolPlan with = plan_pools(limits, 2, false, recording);
  EXPECT_EQ(with.peers.slots(), without.peers.slots() + 8);
  EXPECT_EQ(with.transports.slots(), without.transports.slots() + 9) << "one in its grace period";
  EXPECT_EQ(with.subscriber_tables.slots(), without.subscriber_tables.slots() + 9);
  EXPECT_EQ(with.subscriptions.slots(), without.subscriptions.slots() + 36);
  EXPECT_EQ(with.arenas.bytes(), std::size_t{4} << 20);
}

TEST(PoolPlanTest, TheSumsFollowFromParticipantsPublishersAndSubscriptions) {
  const PoolPlan plan = plan_pools(
      {.rooms = 3, .participants = 16, .publishers = 8, .subscriptions = 80, .forwarders = 4}, 2);
  EXPECT_EQ(plan.rooms.slots(), 3U);
  EXPECT_EQ(plan.publishers.slots(), 16U);
  EXPECT_EQ(plan.subscribers.slots(), 16U);
  EXPECT_EQ(plan.sessions.slots(), 2 * 16U);
  EXPECT_EQ(plan.handles.slots(), 16U + 16 + 32);
  EXPECT_EQ(plan.peers.slots(), 8U + 16 + 8 + 4);
  EXPECT_EQ(plan.transports.slots(), 8U + 16 + 4 + 4);
  EXPECT_EQ(plan.streams.slots(), 4 * 8U + 4);
  EXPECT_EQ(plan.encodings.slots(), plan.streams.slots()) << "each may come to be simulcast";
  EXPECT_EQ(plan.subscriptions.slots(), 80U + 4 + 11);
  EXPECT_EQ(plan.fan_out_chunks.slots(), 95U + 31);
  EXPECT_EQ(plan.transports.formula(),
            "8 publishing + 16 receiving + 4 forwarding + 4 in their grace period");
}

TEST(PoolPlanTest, TlsMakesWebSocketsLarger) {
  const PoolSum plain = plan_pools({.participants = 16}, 1).websocket_heap;
  const PoolSum over_tls = plan_pools({.participants = 16}, 1, true).websocket_heap;
  EXPECT_EQ(plain.slots(), 16U);
  EXPECT_GT(over_tls.bytes(), 2 * plain.bytes());
}

TEST(PoolPlanTest, TheDefaultsFitAHandleAndASmallMachine) {
  EXPECT_TRUE(check_pools(plan_pools({}, 2), 64 << 20, 2 * kGib).has_value());
}

TEST(PoolPlanTest, APoolWithMoreSlotsThanAHandleCanNameIsRefusedWithItsKeyAndSum) {
  config::LimitsConfig limits;
  limits.subscriptions = 1U << 24;
  const auto checked = check_pools(plan_pools(limits, 2), 0, 1'000'000 * kGib);
  ASSERT_FALSE(checked.has_value());
  EXPECT_TRUE(has(checked.error(), "limits.subscriptions: the pool of subscriptions"))
      << checked.error();
  EXPECT_TRUE(has(checked.error(),
                  "16777216 subscriptions + 256 of forwarders + 2097184 in their grace period"))
      << checked.error();
}

TEST(PoolPlanTest, ThePoolOfJustTheLargestSizeIsAllowed) {
  PoolPlan plan = plan_pools({}, 2);
  plan.rooms.terms = {{"rooms", Handle<int>::kIndexMask}};
  EXPECT_TRUE(check_pools(plan, 0, 1'000'000 * kGib).has_value());
  plan.rooms.terms.push_back({"one more", 1});
  EXPECT_FALSE(check_pools(plan, 0, 1'000'000 * kGib).has_value());
}

TEST(PoolPlanTest, MoreThanTheMachineHasIsRefusedWithTheLargestPool) {
  config::LimitsConfig limits;
  limits.participants = 1'000'000;
  const auto checked = check_pools(plan_pools(limits, 2), 0, 16 * kGib);
  ASSERT_FALSE(checked.has_value());
  EXPECT_TRUE(checked.error().starts_with("limits.participants: the pools need "))
      << checked.error();
  EXPECT_TRUE(has(checked.error(), "there are 16.0 GiB; the largest is DTLS heap"))
      << checked.error();
}

TEST(PoolPlanTest, WhatDpdkTakesCounts) {
  const PoolPlan plan = plan_pools({}, 2);
  std::size_t bytes = 0;
  for (const PoolSum* sum : plan.all()) bytes += sum->bytes();
  EXPECT_TRUE(check_pools(plan, 100, bytes + 100).has_value());
  EXPECT_FALSE(check_pools(plan, 101, bytes + 100).has_value());
}

TEST(PoolPlanTest, TheTableHasALinePerPoolWithItsSumAndATotal) {
  config::RecordingConfig recording;
  recording.folder = "recordings";
  const PoolPlan plan = plan_pools({}, 2, false, recording);
  const PoolSum packets{
      .pool = "packets", .limit = {}, .slot_bytes = 2'560, .terms = {{"receive rings", 256}}};
  const auto lines = pool_table(plan, packets);
  ASSERT_EQ(lines.size(), 1 + plan.all().size() + 2);
  for (std::size_t i = 0; i < plan.all().size(); ++i) {
    const PoolSum& sum = *plan.all()[i];
    EXPECT_TRUE(lines[i + 1].starts_with(sum.pool)) << lines[i + 1];
    EXPECT_TRUE(lines[i + 1].ends_with("  " + sum.formula())) << lines[i + 1];
    EXPECT_TRUE(has(lines[i + 1], " " + std::to_string(sum.slots()) + " ")) << lines[i + 1];
  }
  EXPECT_TRUE(has(lines[lines.size() - 2], "256 receive rings"));
  EXPECT_TRUE(lines.back().starts_with("all pools")) << lines.back();
}

TEST(PoolPlanTest, TheMachineHasMemory) { EXPECT_GT(machine_memory_bytes(), kGib / 4); }

}  // namespace
}  // namespace penstock
