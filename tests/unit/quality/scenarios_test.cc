// The list of scenarios.
#include "bench/quality/scenarios.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock::quality {
namespace {

TEST(ScenariosTest, EachHasANameOfItsOwnAndExpectsSomething) {
  std::set<std::string> names;
  for (const Scenario& scenario : scenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    EXPECT_FALSE(scenario.description.empty()) << scenario.name;
    EXPECT_FALSE(scenario.expectations.empty()) << scenario.name;
    EXPECT_FALSE(scenario.receivers.empty()) << scenario.name;
    EXPECT_LT(scenario.settled_at, scenario.duration) << scenario.name;
    EXPECT_EQ(find_scenario(scenario.name), &scenario);
  }
  EXPECT_EQ(find_scenario("sunshine"), nullptr);
}

TEST(ScenariosTest, OnlyAReceiverBehindAnotherSharesALink) {
  for (const Scenario& scenario : scenarios()) {
    EXPECT_FALSE(scenario.receivers.front().shares_link) << scenario.name;
    for (const ReceiverPlan& receiver : scenario.receivers)
      EXPECT_NE(receiver.shares_link, !receiver.downlink.empty()) << scenario.name;
  }
}

}  // namespace
}  // namespace penstock::quality
