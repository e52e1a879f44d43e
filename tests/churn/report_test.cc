#include "tests/churn/report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/sanitized.h"

namespace penstock::churn {
namespace {

std::string printed(const Report& report) {
  std::ostringstream out;
  report.print(out);
  return out.str();
}

TEST(ReportTest, TheTableHasItsValuesInOneColumn) {
  Report report("rooms", 10'000);
  report.add("a longer name", "value");
  EXPECT_EQ(printed(report),
            "scenario       rooms\n"
            "cycles         10,000\n"
            "a longer name  value\n");
}

TEST(ReportTest, ValuesThatAreComparedStandBelowEachOther) {
  Report report("rooms", 10);
  report.compare("server", {"ours", "the other"});
  report.compare("rooms", {"1", "2"});
  EXPECT_NE(printed(report).find("server    ours       the other\n"
                                 "rooms     1          2\n"),
            std::string::npos)
      << printed(report);
}

TEST(ReportTest, ABrokenPromiseFailsTheRunAndOneThatIsOnlyReportedDoesNot) {
  Report report("rooms", 1);
  report.promise("first", true, "why");
  report.only_reported("second", false, "slow machine");
  EXPECT_TRUE(report.are_all_kept());
  report.promise("third", false, "why not");
  report.promise("fourth", true, "why");
  EXPECT_FALSE(report.are_all_kept());
  EXPECT_NE(printed(report).find("promise: third"), std::string::npos);
  EXPECT_NE(printed(report).find("BROKEN (why not)"), std::string::npos);
}

TEST(ReportTest, TheJsonHasWhatTheTableHas) {
  Report report("objects", 100'000);
  report.values()["baseline_exact"] = true;
  report.add_growth({.slope_bytes_per_cycle = 0.0005,
                     .bytes = 4'096,
                     .samples = 360,
                     .is_none = true,
                     .rule = "some \"rule\""});
  report.add_reclaim(1'000, 2'000, 3'000, 42);
  report.promise("nothing is lost", true, "nothing was");
  const json::value parsed = json::parse(report.to_json());
  EXPECT_EQ(parsed.at("scenario"), "objects");
  EXPECT_EQ(parsed.at("cycles").to_number<int>(), 100'000);
  EXPECT_EQ(parsed.at("baseline_exact"), true);
  EXPECT_EQ(parsed.at("rss_slope_bytes_per_cycle"), 0.0005);
  EXPECT_EQ(parsed.at("rss_rule"), "some \"rule\"");
  EXPECT_EQ(parsed.at("reclaim_ns").at("p50").to_number<int>(), 1'000);
  EXPECT_EQ(parsed.at("reclaim_ns").at("p99").to_number<int>(), 2'000);
  EXPECT_EQ(parsed.at("reclaim_ns").at("max").to_number<int>(), 3'000);
  EXPECT_EQ(parsed.at("promises").at("nothing is lost"), true);
  EXPECT_EQ(parsed.at("all_promises_kept"), true);
}

TEST(ReportTest, AHeapThatGrewBreaksThePromiseUnlessASanitizerHasIt) {
  Report report("joins", 100);
  report.add_heap({.before = 24'000'000, .after = 24'004'000});
  EXPECT_EQ(report.are_all_kept(), test::kIsSanitized);
  EXPECT_EQ(json::parse(report.to_json()).at("heap_growth_bytes").to_number<int>(), 4'000);
}

TEST(ReportTest, AHistogramBecomesPercentilesInTheTableAndTheJson) {
  Histogram histogram;
  for (int i = 1; i <= 1'000; ++i) histogram.record(i * kMicrosecond);
  Report report("objects", 1);
  report.add_reclaim(histogram);
  const json::value reclaim = json::parse(report.to_json()).at("reclaim_ns");
  EXPECT_NEAR(reclaim.at("p50").to_number<double>(), 500e3, 16e3);
  EXPECT_NEAR(reclaim.at("p99").to_number<double>(), 990e3, 32e3);
  EXPECT_EQ(reclaim.at("max").to_number<int>(), 1'000'000);
  EXPECT_EQ(reclaim.at("count").to_number<int>(), 1'000);
  EXPECT_NE(printed(report).find("retire to reclaim, max  1.000 ms"), std::string::npos)
      << printed(report);
}

TEST(ReportTest, DurationsHaveTheUnitThatFits) {
  EXPECT_EQ(duration_text(57), "57 ns");
  EXPECT_EQ(duration_text(1'500), "1.5 us");
  EXPECT_EQ(duration_text(2'000'000), "2.000 ms");
  EXPECT_EQ(duration_text(90'000'000'000), "90.000 s");
}

}  // namespace
}  // namespace penstock::churn
