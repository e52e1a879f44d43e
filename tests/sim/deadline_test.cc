// Goal: what is retired is reclaimed within two grace periods and one turn of the control plane,
// exactly, in virtual time. Every Simulation checks it when it ends, so every scenario and every
// chaos seed does; here: that the oracle measures what it says, and what the bound is made of.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

TEST(ReclaimOracleTest, MeasuresEachObjectInTheOrderInWhichTheyWereRetired) {
  ReclaimOracle oracle;
  oracle.observe(10, 2, 0);
  oracle.observe(15, 3, 1);
  EXPECT_EQ(oracle.longest(), 5);
  oracle.observe(17, 3, 3);
  EXPECT_EQ(oracle.longest(), 7);
  EXPECT_EQ(oracle.measured(), 3U);
}

TEST(ReclaimOracleTest, ExcusesWhatWaitedWhileSomebodyWasStopped) {
  ReclaimOracle oracle;
  oracle.observe(10, 2, 0);
  oracle.excuse_waiting();
  oracle.observe(500, 3, 2);
  oracle.observe(503, 3, 3);
  EXPECT_EQ(oracle.longest(), 3);
  EXPECT_EQ(oracle.measured(), 1U);
}

TEST(ReclaimDeadline, EveryObjectOfEveryKindOfDepartureIsBackInTime) {
  for (std::size_t workers = 1; workers <= 4; ++workers) {
    Simulation sim({.seed = 391, .workers = workers, .room_peers_per_worker_max = 1});
    start_call(sim, 4);
    sim.run_for(2 * kSecond);
    sim.people()[0]->unpublish();
    sim.people()[1]->leave();
    sim.people()[2]->kill();
    sim.people()[3]->stop_keepalives();
    // The killed one is cut after 30 s; what the last one says to that is its last request, and its
    // session ends 60 s later.
    sim.run_for(100 * kSecond);
    EXPECT_EQ(sim.server().census().at("retire list"), 0U);
    // 8 transports, 8 streams, 24 subscriptions and their lists.
    EXPECT_GE(sim.server().reclaims().measured(), 40U);
    EXPECT_LE(sim.server().reclaims().longest(), kReclaimBound);
  }
}

TEST(ReclaimDeadline, AWorkerThatSleepsInQsbrHoldsUpNobody) {
  Simulation sim({.seed = 392, .workers = 2});
  start_call(sim, 2);
  sim.run_for(2 * kSecond);
  // Worker 1 has nothing to do: it goes offline and does not run.
  sim.server().host().set_online(1, false);
  sim.server().stop_worker(1, true);
  sim.people()[0]->leave();
  sim.run_for(kSecond);
  EXPECT_EQ(sim.server().census().at("retire list"), 0U);
  sim.server().host().set_online(1, true);
  sim.server().stop_worker(1, false);
}

}  // namespace
}  // namespace penstock::sim
