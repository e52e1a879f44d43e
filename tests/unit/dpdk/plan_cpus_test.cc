#include <gtest/gtest.h>

#include <vector>

#include "dataplane/dpdk/eal.h"

namespace penstock {
namespace {

using Cpus = std::vector<int>;

TEST(PlanCpusTest, GivesTheFirstCpuToControlAndOneEachToWorkers) {
  const auto plan = plan_cpus(Cpus{0, 1, 2, 3}, 2, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->workers, (Cpus{1, 2}));
  EXPECT_EQ(plan->control, (Cpus{0, 3}));
}

TEST(PlanCpusTest, SharesCpusWhenThereAreTooFew) {
  const auto two = plan_cpus(Cpus{4, 5}, 3, {});
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->workers, (Cpus{5, 4, 5}));
  EXPECT_EQ(two->control, (Cpus{4, 5}));

  const auto one = plan_cpus(Cpus{7}, 2, {});
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->workers, (Cpus{7, 7}));
  EXPECT_EQ(one->control, (Cpus{7}));
}

TEST(PlanCpusTest, TakesTheOperatorsChoice) {
  const auto plan = plan_cpus(Cpus{0, 1, 2, 3}, 2, Cpus{3, 0});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->workers, (Cpus{3, 0}));
  EXPECT_EQ(plan->control, (Cpus{1, 2}));
}

TEST(PlanCpusTest, RefusesACpuWeMayNotUseAndAListOfTheWrongLength) {
  const auto foreign = plan_cpus(Cpus{0, 1}, 1, Cpus{9});
  ASSERT_FALSE(foreign.has_value());
  EXPECT_NE(foreign.error().find("CPU 9 is not one of those we may use (0,1)"), std::string::npos);
  EXPECT_FALSE(plan_cpus(Cpus{0, 1}, 2, Cpus{1}).has_value());
}

}  // namespace
}  // namespace penstock
