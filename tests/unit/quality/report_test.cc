// What is said of calls.
#include "bench/quality/report.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace penstock::quality {
namespace {

class ReportTest : public testing::Test {
 protected:
  Scenario scenario_{.name = "a<b",
                     .description = "Of a test.",
                     .publishers = {},
                     .receivers = {},
                     .expectations = {{"utilisation", 0.85, true}, {"fairness", 0.8, true}}};
  Outcome outcome_{.scenario = &scenario_,
                   .seed = 7,
                   .figures = {{"utilisation", 0.9}, {"frozen_share", 0}},
                   .receivers = {{.name = "one",
                                  .samples = {{.at = 0, .sent_kbps = 100, .link_kbps = 500},
                                              {.at = kSampleInterval, .sent_kbps = 200}},
                                  .violations = {{"picture id", 2}}}}};
};

TEST_F(ReportTest, TheTableSaysWhatWasMissedAndWhatWasNotMeasured) {
  const std::string table = to_table(outcome_);
  EXPECT_NE(table.find("at least 0.85"), std::string::npos);
  EXPECT_NE(table.find("fairness"), std::string::npos);
  EXPECT_NE(table.find("missed"), std::string::npos);
  EXPECT_NE(table.find("one: 2 times picture id"), std::string::npos);
  EXPECT_FALSE(outcome_.is_good());
  outcome_.figures["fairness"] = 1;
  EXPECT_TRUE(outcome_.is_good());
}

TEST_F(ReportTest, JsonHasAllOfIt) {
  const auto document = boost::json::parse(to_json({&outcome_, 1}));
  const auto& call = document.at("calls").at(0);
  EXPECT_EQ(call.at("scenario"), "a<b");
  EXPECT_EQ(call.at("seed"), 7);
  EXPECT_EQ(call.at("figures").at("utilisation"), 0.9);
  EXPECT_EQ(call.at("expectations").at(1).at("met"), false);
  EXPECT_EQ(call.at("receivers").at(0).at("samples").as_array().size(), 2U);
  EXPECT_EQ(call.at("receivers").at(0).at("violations").at("picture id"), 2);
}

TEST_F(ReportTest, ThePageShowsWhatWasExpectedAndEscapesNames) {
  const std::string page = to_html({&outcome_, 1});
  EXPECT_NE(page.find("a&lt;b"), std::string::npos);
  EXPECT_EQ(page.find("a<b"), std::string::npos);
  EXPECT_NE(page.find("not as expected"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_EQ(page.find("http"), page.find("http://www.w3.org")) << "it needs nothing else";
}

}  // namespace
}  // namespace penstock::quality
