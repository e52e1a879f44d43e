// Goal: what the network loses on its way to a receiver comes again, and costs nobody else
// anything. Method: calls over lossy links; receivers ask for what they miss (NACK) and take RTX;
// everything that is sent is watched by the nonce oracle, as always.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

struct Repair {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;
  std::uint64_t repaired = 0;
  std::uint64_t needless = 0;
};

// Of the video that everybody receives.
Repair repair_of(const Simulation& sim) {
  Repair sum;
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      if (person == other) continue;
      for (const auto* stream : streams_from(*person, *other, MediaKind::kVideo)) {
        sum.packets += stream->packets;
        sum.lost += stream->lost();
        sum.repaired += stream->repaired.size();
        sum.needless += stream->needless_repairs;
      }
    }
  }
  return sum;
}

constexpr LinkConditions kClean{};

void start_lossy_call(Simulation& sim, std::size_t people, const LinkConditions& downlink) {
  start_call(sim, people);
  sim.run_for(kSecond);
  for (const auto& person : sim.people()) person->set_links(kClean, downlink);
  sim.run_for(10 * kSecond);
  for (const auto& person : sim.people()) person->set_links(kClean, kClean);
  sim.run_for(kSecond);  // what is under way arrives
}

struct LossyCall {
  std::size_t workers = 1;
  std::uint64_t seed = 0;
};

class RetransmissionTest : public testing::TestWithParam<LossyCall> {};

TEST_P(RetransmissionTest, FivePercentLossOnTheWayToReceiversIsRepaired) {
  const LossyCall call = GetParam();
  Simulation sim({.seed = call.seed, .workers = call.workers, .room_peers_per_worker_max = 4});
  start_lossy_call(sim, 4, {.loss_per_million = 50'000});
  expect_all_see_each_other(sim);
  const Repair repair = repair_of(sim);
  EXPECT_GT(repair.packets, 10'000U);
  EXPECT_GT(repair.repaired, repair.packets / 40);
  EXPECT_EQ(repair.lost, 0U);
  EXPECT_EQ(repair.needless, 0U);
  std::uint64_t resent = 0;
  for (std::size_t i = 0; i < call.workers; ++i) {
    resent += sim.server().stats(static_cast<WorkerIndex>(i)).media_resent.get();
  }
  EXPECT_LT(resent, repair.repaired * 11 / 10) << "each about once";
}
// Several seeds: in one run of thirty a packet is lost, and so is each of the first three times
// that it is sent again.
INSTANTIATE_TEST_SUITE_P(Workers, RetransmissionTest,
                         testing::Values(LossyCall{1, 11}, LossyCall{2, 11}, LossyCall{1, 55},
                                         LossyCall{2, 7}));

TEST(Retransmission, PacketsThatAreOnlyLateAreSeldomAskedFor) {
  Simulation sim({.seed = 12});
  start_lossy_call(
      sim, 3,
      {.loss_per_million = 20'000, .duplicate_per_million = 20'000, .jitter = 8 * kMillisecond});
  const Repair repair = repair_of(sim);
  EXPECT_EQ(repair.lost, 0U);
  EXPECT_LT(repair.needless, repair.repaired / 10);
}

TEST(Retransmission, ThirtyPercentLossIsRepairedAsFarAsTheBudgetGoes) {
  Simulation sim({.seed = 13});
  start_lossy_call(sim, 2, {.loss_per_million = 300'000});
  const Repair repair = repair_of(sim);
  std::uint64_t sent = 0;
  for (const auto& person : sim.people()) sent += person->subscriber()->downlink.counters().offered;
  const std::uint64_t resent = sim.server().stats(0).media_resent.get();
  EXPECT_GT(repair.repaired, 100U);
  EXPECT_LT(resent, sent / 4);
  EXPECT_GT(sim.drops(DropReason::kResendOverBudget), 0U);
}

TEST(Retransmission, WhoDoesNotAskGetsNothingTwice) {
  Simulation sim({.seed = 14});
  Person& alice = sim.join(kRoom, "alice");
  Person& bob = sim.join(kRoom, "bob");
  test::ClientConfig patient;
  patient.asks_again = false;
  bob.set_client(patient);
  alice.publish();
  bob.subscribe_to_everyone();
  sim.run_for(kSecond);
  bob.set_links(kClean, {.loss_per_million = 50'000});
  sim.run_for(5 * kSecond);
  EXPECT_GT(repair_of(sim).lost, 0U);
  EXPECT_EQ(sim.server().stats(0).media_resent.get(), 0U);
}

TEST(Retransmission, ARoomThatEndsWithAFullHistoryLeavesNothingBehind) {
  Simulation sim({.seed = 15, .workers = 2});
  const Census before = sim.server().census();
  start_lossy_call(sim, 4, {.loss_per_million = 50'000});
  for (const auto& person : sim.people()) person->leave();
  sim.run_for(kSecond);
  expect_census(sim, before);
}

}  // namespace
}  // namespace penstock::sim
