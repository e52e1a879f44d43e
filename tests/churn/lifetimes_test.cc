#include "tests/churn/lifetimes.h"

#include <gtest/gtest.h>

namespace penstock::churn {
namespace {

constexpr const char* kText = R"({
  "pools": [{"name": "streams", "capacity": 10, "free": 9, "live": 1, "retired": 0},
            {"name": "rooms", "capacity": 4, "free": 3, "live": 1, "retired": 0}],
  "packets": {"capacity": 100, "free": 80, "in_use": 20},
  "heap": {"in_use_bytes": 5000},
  "dtls": {"jobs": 0},
  "retire": [{"name": "data plane", "waiting": 0, "capacity": 30, "reclaimed": 7, "oldest_ns": 0,
              "reclaim_ns": {"p50": 1, "p99": 2, "max": 3, "count": 7}}],
  "audit": {"runs": 2, "findings": []}})";

TEST(LifetimesTest, ReadsWhatTheServerSays) {
  const Lifetimes lifetimes = parse_lifetimes(kText);
  ASSERT_EQ(lifetimes.pools.size(), 2U);
  EXPECT_EQ(lifetimes.pools[0].name, "streams");
  EXPECT_EQ(lifetimes.pools[0].free, 9U);
  ASSERT_EQ(lifetimes.retire.size(), 1U);
  EXPECT_EQ(lifetimes.retire[0].max_ns, 3U);
  EXPECT_EQ(lifetimes.packets_in_use, 20U);
  EXPECT_EQ(lifetimes.heap_bytes, 5'000U);
  EXPECT_EQ(lifetimes.audit_runs, 2U);
}

TEST(LifetimesTest, AnAnswerOfAnotherShapeIsAnError) {
  EXPECT_THROW(parse_lifetimes("{}"), std::runtime_error);
  EXPECT_THROW(parse_lifetimes("not JSON"), std::runtime_error);
}

TEST(LifetimesTest, TheSameIsNoDifference) {
  EXPECT_TRUE(differences(parse_lifetimes(kText), parse_lifetimes(kText)).empty());
}

TEST(LifetimesTest, EveryWayOfNotBeingAtBaselineIsFound) {
  const Lifetimes baseline = parse_lifetimes(kText);
  const auto found_when = [&](auto&& change) {
    Lifetimes now = baseline;
    change(now);
    return differences(baseline, now).size();
  };
  EXPECT_EQ(found_when([](Lifetimes& now) { --now.pools[0].free; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { ++now.pools[1].live; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { ++now.pools[1].retired; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { now.pools.pop_back(); }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { now.retire[0].waiting = 1; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { ++now.packets_in_use; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { ++now.dtls_jobs; }), 1U);
  EXPECT_EQ(found_when([](Lifetimes& now) { now.findings.push_back("orphan"); }), 1U);
}

}  // namespace
}  // namespace penstock::churn
