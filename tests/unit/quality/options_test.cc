// The command line of penstock-quality.
#include "bench/quality/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::quality {
namespace {

std::optional<QualityOptions> parse(std::vector<const char*> arguments, int& status) {
  arguments.insert(arguments.begin(), "penstock-quality");
  return parse_quality_options(static_cast<int>(arguments.size()), arguments.data(), status);
}

TEST(QualityOptionsTest, EverythingIsRunUnlessSomethingIsNamed) {
  int status = 0;
  EXPECT_EQ(parse({}, status)->scenarios, std::vector<std::string>{"all"});
  EXPECT_EQ(parse({"--scenario", "step,link-1m", "--seed", "7"}, status)->scenarios,
            (std::vector<std::string>{"step", "link-1m"}));
  EXPECT_EQ(parse({"--seed", "7"}, status)->seed, 7U);
}

TEST(QualityOptionsTest, AScenarioThatThereIsNotIsAnError) {
  int status = 0;
  testing::internal::CaptureStderr();
  EXPECT_FALSE(parse({"--scenario", "sunshine"}, status).has_value());
  EXPECT_NE(testing::internal::GetCapturedStderr().find("there is no scenario 'sunshine'"),
            std::string::npos);
  EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace penstock::quality
