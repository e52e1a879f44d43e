#include "bench/bridge/link_rules.h"

#include <gtest/gtest.h>

#include "bench/bridge/rule_line.h"

namespace penstock::bridge {
namespace {

LinkConditions conditions_of(std::string_view rule) {
  const auto changes = parse_rule(rule);
  EXPECT_TRUE(changes.has_value()) << changes.error();
  return changes ? steps_of(*changes).back().conditions : LinkConditions{};
}

std::string mistake_in(std::string_view rule) {
  const auto changes = parse_rule(rule);
  return changes ? "none" : changes.error();
}

void expect_mistake(std::string_view rule, const std::string& text) {
  EXPECT_NE(mistake_in(rule).find(text), std::string::npos) << rule << ": " << mistake_in(rule);
}

TEST(LinkRules, EachKeySetsWhatItNames) {
  EXPECT_EQ(conditions_of("loss=2.5").loss_per_million, 25'000U);
  EXPECT_EQ(conditions_of("duplicate=100").duplicate_per_million, 1'000'000U);
  EXPECT_EQ(conditions_of("delay-ms=10").delay, 10 * kMillisecond);
  EXPECT_EQ(conditions_of("jitter-ms=0.5").jitter, 500 * kMicrosecond);
  EXPECT_TRUE(conditions_of("jitter-ms=5").keeps_order);
  EXPECT_FALSE(conditions_of("keep-order=0").keeps_order);
  EXPECT_EQ(conditions_of("rate-kbps=500").rate_bps, 500'000U);
  const LinkConditions bursts = conditions_of("bursts=0.5/25");
  EXPECT_EQ(bursts.bursts.begin_per_million, 5'000U);
  EXPECT_EQ(bursts.bursts.end_per_million, 250'000U);
  EXPECT_EQ(bursts.bursts.loss_per_million, 1'000'000U);
  EXPECT_EQ(conditions_of("bursts=0.5/25/70").bursts.loss_per_million, 700'000U);
  const LinkConditions held = conditions_of("reorder=1/20");
  EXPECT_EQ(held.held_per_million, 10'000U);
  EXPECT_EQ(held.held_for, 20 * kMillisecond);
}

TEST(LinkRules, AQueueHasOneBound) {
  EXPECT_EQ(conditions_of("rate-kbps=500").queue_time_max, 100 * kMillisecond);
  EXPECT_EQ(conditions_of("queue-ms=250").queue_time_max, 250 * kMillisecond);
  EXPECT_GT(conditions_of("queue-ms=0").queue_time_max, 0) << "0 would be without a bound";
  const LinkConditions bytes = conditions_of("queue-ms=250,queue-bytes=30000");
  EXPECT_EQ(bytes.queue_bytes_max, 30'000U);
  EXPECT_EQ(bytes.queue_time_max, 0);
  EXPECT_EQ(conditions_of("queue-bytes=30000,queue-ms=250").queue_bytes_max, 0U);
}

TEST(LinkRules, LaterOnesChangeOnlyWhatTheyName) {
  std::vector<LinkChange> changes;
  for (const char* rule : {"at-s=20,rate-kbps=500", "loss=2,rate-kbps=2000", "at-s=10.5,loss=0"}) {
    const auto parsed = parse_rule(rule);
    ASSERT_TRUE(parsed.has_value());
    changes.insert(changes.end(), parsed->begin(), parsed->end());
  }
  const auto steps = steps_of(changes);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].conditions.loss_per_million, 20'000U);
  EXPECT_EQ(steps[0].conditions.rate_bps, 2'000'000U);
  EXPECT_EQ(steps[1].from, 10 * kSecond + 500 * kMillisecond);
  EXPECT_EQ(steps[1].conditions.loss_per_million, 0U);
  EXPECT_EQ(steps[1].conditions.rate_bps, 2'000'000U);
  EXPECT_EQ(steps[2].from, 20 * kSecond);
  EXPECT_EQ(steps[2].conditions.loss_per_million, 0U);
  EXPECT_EQ(steps[2].conditions.rate_bps, 500'000U);
}

TEST(LinkRules, AnOutageEndsByItself) {
  const auto changes = parse_rule("at-s=10,outage-ms=300");
  ASSERT_TRUE(changes.has_value());
  const auto steps = steps_of(*changes);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_FALSE(steps[0].conditions.is_cut);
  EXPECT_EQ(steps[1].from, 10 * kSecond);
  EXPECT_TRUE(steps[1].conditions.is_cut);
  EXPECT_EQ(steps[2].from, 10 * kSecond + 300 * kMillisecond);
  EXPECT_FALSE(steps[2].conditions.is_cut);
}

TEST(LinkRules, AMistakeIsNamedWithWhatWasExpected) {
  expect_mistake("los=2", "\"los=2\" in the rule \"los=2\": there is no such key; there are at-s");
  expect_mistake("loss", "expected KEY=VALUE");
  expect_mistake("", "expected KEY=VALUE");
  expect_mistake("loss=2,", "\"\" in the rule");
  expect_mistake("loss=101", "expected a number from 0 to 100 (percent), found \"101\"");
  expect_mistake("loss=-1", "found \"-1\"");
  expect_mistake("loss=nan", "found \"nan\"");
  expect_mistake("loss=2%", "found \"2%\"");
  expect_mistake("loss=", "found \"\"");
  expect_mistake("delay-ms=10/20", "too many numbers: expected 1");
  expect_mistake("reorder=1", "too few numbers: expected 2");
  expect_mistake("bursts=1/2/3/4", "too many numbers: expected 3");
  expect_mistake("at-s=1e9", "from 0 to 86400 (s)");
}

TEST(LinkRules, ALineSaysWhichWay) {
  const DeviceNames names = {"a0", "b0"};
  const auto ways = [&](const std::string& line) {
    const auto parsed = parse_rule_line(line, names);
    return parsed && *parsed ? (*parsed)->ways : std::vector<std::size_t>{};
  };
  EXPECT_EQ(ways("b0 loss=2"), std::vector<std::size_t>{1});
  EXPECT_EQ(ways("  a0   loss=2 # or more"), std::vector<std::size_t>{0});
  EXPECT_EQ(ways("both loss=2"), (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(parse_rule_line("", names).has_value());
  EXPECT_TRUE(parse_rule_line("# nothing", names).has_value());
  EXPECT_EQ(parse_rule_line("c0 loss=2", names).error(), "\"c0\": frames go to a0, b0 or both");
  EXPECT_FALSE(parse_rule_line("a0", names).has_value());
  EXPECT_FALSE(parse_rule_line("a0 loss=2 delay-ms=3", names).has_value());
}

TEST(LinkRules, HelpNamesEveryKey) {
  const std::string help = rule_keys_help();
  for (const char* key :
       {"loss=", "bursts=", "duplicate=", "delay-ms=", "jitter-ms=", "keep-order=", "reorder=",
        "rate-kbps=", "queue-ms=", "queue-bytes=", "outage-ms=", "at-s="}) {
    EXPECT_NE(help.find(key), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace penstock::bridge
