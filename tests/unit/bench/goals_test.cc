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

json::object ring(double gbps, double lost, double spread_us) {
  const json::object one{{"subscribers", 500},
                         {"lost", lost},
                         {"spread_ns", {{"max", spread_us * 1e3}}},
                         {"wire_spread_ns", 480'000}};
  return {{"name", "ring"}, {"result", {{"gbps", gbps}, {"cases", json::array{one}}}}};
}

TEST(Goals, NothingMayBeLostAtAnyRing) {
  json::object document{{"drain", json::array{ring(1, 0, 4'800), ring(10, 0, 500)}}};
  EXPECT_EQ(find(judge(document), "lost at rings").is_met, true);
  EXPECT_EQ(find(judge(document), "lost at rings").measured, "0 packets in 2 cases");
  document["drain"].as_array()[0] = ring(1, 3, 4'800);
  EXPECT_EQ(find(judge(document), "lost at rings").is_met, false);
}

TEST(Goals, TheLastOf500ReceiversIsHeldAgainstTheWire) {
  json::object document{{"drain", json::array{ring(1, 0, 48'000), ring(10, 0, 520)}}};
  EXPECT_EQ(find(judge(document), "first to last of 500").is_met, true);
  document["drain"].as_array()[1] = ring(10, 0, 540);
  EXPECT_EQ(find(judge(document), "first to last of 500").is_met, false);
}

TEST(Goals, ManyRoomsAreHeldAgainstFew) {
  const json::object document{
      {"pipeline", json::array{run("carrier-16", 200), run("carrier-1000", 260)}}};
  EXPECT_EQ(find(judge(document), "a carrier's").is_met, false);
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
