#include "bench/report/document.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

json::value run(double ns, const char* rounds) {
  json::object result{{"mix", "fixed"},
                      {"ns_per_packet", ns},
                      {"rounds_ns_per_packet", json::parse(rounds)},
                      {"latency_ns", {{"p99", ns * 10}}}};
  return result;
}

Part pipeline(std::string name, json::value result) {
  return {PartKind::kPipeline, std::move(name), "penstock-bench", std::move(result)};
}

TEST(Document, TakesTheMedianOfPassesAndTheSpreadOfAllTheirRounds) {
  const std::vector<Part> parts = {pipeline("a", run(1, "[1, 2]")), pipeline("b", run(50, "[50]")),
                                   pipeline("a", run(3, "[3]")), pipeline("a", run(9, "[4, 5]"))};
  const json::value document = merge(parts, {});
  const json::value* a = pipeline_result(document, "a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(number_at(*a, "/ns_per_packet"), 3);
  EXPECT_EQ(number_at(*a, "/ns_per_packet_spread/q1"), 2);
  EXPECT_EQ(number_at(*a, "/ns_per_packet_spread/q3"), 4);
  EXPECT_EQ(number_at(*a, "/ns_per_packet_spread/rounds"), 5);
  EXPECT_EQ(number_at(*a, "/latency_ns/p99"), 30);
  EXPECT_EQ(text_at(*a, "/mix"), "fixed");
  EXPECT_EQ(document.at("pipeline").as_array().size(), 2U);
  EXPECT_EQ(number_at(document, "/pipeline/0/passes"), 3);
}

TEST(Document, HasTheRingsOfAllLinksInTheirOrder) {
  const std::vector<Part> parts = {
      {PartKind::kDrain, "10 Gb/s", "penstock-bench --drain-gbps 10", json::object{{"gbps", 10}}},
      {PartKind::kDrain, "1 Gb/s", "penstock-bench --drain-gbps 1", json::object{{"gbps", 1}}}};
  const json::value document = merge(parts, {});
  ASSERT_EQ(array_at(document, "/drain").size(), 2U);
  EXPECT_EQ(number_at(document, "/drain/0/result/gbps"), 10);
  EXPECT_EQ(text_at(document, "/drain/1/command"), "penstock-bench --drain-gbps 1");
}

TEST(Document, SaysWhyThereIsNoComparison) {
  const json::value document = merge({}, {.comparison_missing = "no root"});
  EXPECT_EQ(text_at(document, "/comparison/missing"), "no root");
}

TEST(Document, HasTheComparisonIfThereIsOne) {
  const std::vector<Part> parts = {
      {PartKind::kComparison, "", "tools/compare", json::parse(R"({"rounds": 2})")}};
  const json::value document = merge(parts, {.comparison_missing = "no root"});
  EXPECT_EQ(number_at(document, "/comparison/result/rounds"), 2);
  EXPECT_EQ(text_at(document, "/comparison/missing"), "");
}

TEST(Document, GathersRepetitionsOfMicroBenchmarksInNanoseconds) {
  const std::vector<Part> parts = {{PartKind::kMicro, "", "penstock-micro", json::parse(R"({
    "benchmarks": [
      {"run_name": "x/1", "run_type": "iteration", "cpu_time": 2, "time_unit": "us"},
      {"run_name": "x/1", "run_type": "iteration", "cpu_time": 4, "time_unit": "us"},
      {"run_name": "x/1", "run_type": "aggregate", "cpu_time": 900, "time_unit": "us"},
      {"run_name": "batch", "run_type": "iteration", "cpu_time": 640, "time_unit": "ns",
       "time_per_packet": 1e-8},
      {"run_name": "absent", "run_type": "iteration", "cpu_time": 1, "time_unit": "ns",
       "label": "not on this CPU"}
    ]})")}};
  const json::value document = merge(parts, {});
  const auto x = micro_ns(document, "x/1");
  ASSERT_TRUE(x.has_value());
  EXPECT_DOUBLE_EQ(x->median, 3'000);
  EXPECT_DOUBLE_EQ(x->min, 2'000);
  EXPECT_DOUBLE_EQ(micro_ns(document, "batch")->median, 10);
  EXPECT_FALSE(micro_ns(document, "absent").has_value());
}

TEST(Document, AnswersNothingForWhatIsNotThere) {
  const json::value document = merge({}, {});
  EXPECT_EQ(pipeline_result(document, "a"), nullptr);
  EXPECT_FALSE(number_at(document, "/no/such/thing").has_value());
  EXPECT_FALSE(spread_at(document, "/no/such/thing").has_value());
  EXPECT_FALSE(micro_ns(document, "x").has_value());
}

}  // namespace
}  // namespace penstock::bench
