#include "bench/report/goals.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

json::object run(std::string_view name, double ns) {
  return {{"name", name},
          {"result",
           {{"ns_per_packet", ns},
            {"ns_per_packet_spread", to_json(Spread{.median = ns, .q1 = ns - 2, .q3 = ns + 2})},
            {"cipher_ns_per_packet", 90},
            {"library_cipher_ns_per_packet", 80},
            {"quiescent_share", 0.0002}}}};
}

json::value scaling(std::size_t windows) {
  const json::object setup{
      {"ratio", to_json(Spread{.median = 1.8, .q1 = 1.7, .q3 = 1.9, .count = windows})},
      {"cpu_ratio", to_json(Spread{.median = 1.6, .q1 = 1.5, .q3 = 1.7, .count = 20})}};
  return json::object{
      {"scaling",
       {{"result", {{"publishers", 2}, {"subscribers", 128}, {"sharded_room", setup}}}}}};
}

const Goal& find(const std::vector<Goal>& goals, std::string_view what) {
  for (const Goal& goal : goals) {
    if (goal.what.starts_with(what)) return goal;
  }
  throw std::runtime_error("no such goal");
}

TEST(Goals, OfAnEmptyReportNothingIsMeasured) {
  for (const Goal& goal : judge(json::object{})) {
    EXPECT_FALSE(goal.is_met.has_value()) << goal.what;
    EXPECT_EQ(goal.measured, "not measured") << goal.what;
  }
}

TEST(Goals, TheCipherIsTakenOffAndTheRestJudged) {
  const json::value document = json::object{{"pipeline", json::array{run("subscribers-16", 135)}}};
  const auto goals = judge(document);
  const Goal& rest = find(goals, "a forwarded 1,100-byte packet");
  EXPECT_EQ(rest.is_met, true);
  EXPECT_EQ(rest.measured, "45.0 ns (43.0 to 47.0)");
  const Goal& above = find(goals, "the whole of it");
  EXPECT_EQ(above.is_met, false);
  EXPECT_EQ(above.measured, "55.0 ns (53.0 to 57.0)");
  EXPECT_EQ(find(goals, "QSBR").is_met, true);
}

TEST(Goals, ManySubscribersAreHeldAgainstSixteen) {
  json::object document{
      {"pipeline", json::array{run("subscribers-16", 100), run("subscribers-512", 119)}}};
  EXPECT_EQ(find(judge(document), "512 subscribers").is_met, true);
  document["pipeline"].as_array()[1] = run("subscribers-512", 121);
  EXPECT_EQ(find(judge(document), "512 subscribers").is_met, false);
}

TEST(Goals, ScalingIsJudgedByTheClockWhereTheMachineWasIdle) {
  const auto goals = judge(scaling(30));
  EXPECT_EQ(find(goals, "a room sharded").is_met, true);
  EXPECT_EQ(find(goals, "a room sharded").note, "");
  EXPECT_NE(find(goals, "a room sharded").what.find("2 x 128"), std::string::npos);
}

TEST(Goals, ElseScalingIsJudgedByCpuTimeAndSaysSo) {
  const auto goals = judge(scaling(3));
  EXPECT_EQ(find(goals, "a room sharded").is_met, false);
  EXPECT_NE(find(goals, "a room sharded").note.find("CPU time"), std::string::npos);
}

}  // namespace
}  // namespace penstock::bench
