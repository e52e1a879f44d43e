#include "bench/compare/report.h"

#include <gtest/gtest.h>

namespace penstock::compare {
namespace {

Turn turn_with(double cpu_ns, double p99_ns, std::optional<double> rate = {}) {
  Turn turn;
  turn.run.cpu_ns_per_packet = cpu_ns;
  turn.run.load.delay_p99_ns = p99_ns;
  turn.run.load.delay_p50_ns = 1;
  if (rate) turn.highest.emplace().load.received_per_second = *rate;
  return turn;
}

ServerResult server_with(const std::string& name, bool is_penstock, std::vector<Turn> turns) {
  return {.contender = {.kind = ContenderKind::kJanus, .name = name, .is_penstock = is_penstock},
          .version = "1",
          .reason = {},
          .turns = std::move(turns)};
}

constexpr const char* kLoadReport =
    R"({"connected_peers":3,"failed_peers":0,"seconds":2,"received_packets_per_second":1000.5,
        "loss":0.25,"delay_ns":{"p50":10,"p99":20},"own_cpu_seconds":0.5,"is_bottleneck":true,
        "bottleneck_reason":"its CPU"})";

TEST(LoadReport, IsRead) {
  const LoadFigures figures = parse_load_report(kLoadReport);
  EXPECT_DOUBLE_EQ(figures.received_per_second, 1000.5);
  EXPECT_DOUBLE_EQ(figures.loss, 0.25);
  EXPECT_DOUBLE_EQ(figures.delay_p99_ns, 20);
  EXPECT_TRUE(figures.is_bottleneck);
  EXPECT_EQ(figures.bottleneck_reason, "its CPU");
}

TEST(LoadReport, PeersThatDidNotConnectSpoilIt) {
  std::string text = kLoadReport;
  text.replace(text.find("\"failed_peers\":0"), 16, "\"failed_peers\":2");
  EXPECT_THROW(parse_load_report(text), std::runtime_error);
}

TEST(LoadReport, WhatIsMissingIsNamed) {
  try {
    parse_load_report(R"({"failed_peers":0,"delay_ns":{}})");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("received_packets_per_second"), std::string::npos);
  }
  EXPECT_THROW(parse_load_report("nonsense"), std::runtime_error);
}

TEST(CompareReport, FiguresOfAServerAreMediansOfItsTurns) {
  Turn failed = turn_with(1e9, 1e9);
  failed.error = "fell over";
  Comparison comparison;
  comparison.servers = {
      server_with("one", true, {turn_with(100, 1), turn_with(300, 1), turn_with(200, 1), failed})};
  const auto object =
      to_json(ComparisonOptions{}, comparison, {.machine = "m", .date = "d", .load_average = 2});
  const auto& server = object.at("servers").at(0);
  EXPECT_DOUBLE_EQ(server.at("cpu_ns_per_packet").at("median").as_double(), 200);
  EXPECT_DOUBLE_EQ(server.at("cpu_ns_per_packet").at("q1").as_double(), 150);
  EXPECT_TRUE(server.at("packets_per_second_at_01_loss").is_null());
  EXPECT_TRUE(server.at("available").as_bool());
  EXPECT_EQ(server.at("runs").as_array().size(), 4U);
  EXPECT_EQ(server.at("runs").at(3).at("error").as_string(), "fell over");
}

TEST(CompareReport, AServerThatCouldNotBeRunIsListedWithTheReason) {
  ServerResult gone = server_with("gone", false, {});
  gone.reason = "not installed";
  Comparison comparison;
  comparison.servers = {gone};
  const auto object = to_json(ComparisonOptions{}, comparison, {});
  EXPECT_FALSE(object.at("servers").at(0).at("available").as_bool());
  EXPECT_EQ(object.at("servers").at(0).at("reason").as_string(), "not installed");
  EXPECT_TRUE(object.at("servers").at(0).at("cpu_ns_per_packet").is_null());
  EXPECT_NE(
      to_table(ComparisonOptions{}, comparison, {}).find("gone: could not be run: not installed"),
      std::string::npos);
}

TEST(CompareReport, SaysWherePenstockLoses) {
  Comparison comparison;
  comparison.servers = {server_with("ours", true, {turn_with(100, 50, 1'000)}),
                        server_with("ours too", true, {turn_with(400, 20, 1'000)}),
                        server_with("theirs", false, {turn_with(300, 10, 2'000)})};
  EXPECT_EQ(
      where_penstock_loses(comparison),
      (std::vector<std::string>{"Penstock loses to theirs in packets/s at 0.1 % loss: 2.00 of ours",
                                "Penstock loses to theirs in delay p99: 0.50 of ours too"}));
}

}  // namespace
}  // namespace penstock::compare
