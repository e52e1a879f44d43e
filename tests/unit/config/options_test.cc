#include "controlplane/config/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

std::expected<Options, OptionsExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "penstock");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(OptionsTest, NothingIsTheEmbeddedDefault) {
  const auto options = parse({});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->config_path, "");
  EXPECT_FALSE(options->check_config);
  EXPECT_FALSE(options->log_level.has_value());
}

TEST(OptionsTest, AllOptionsAreRead) {
  const auto options = parse({"--config", "x.toml", "--check-config", "--log-level=debug"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->config_path, "x.toml");
  EXPECT_TRUE(options->check_config);
  EXPECT_EQ(options->log_level, LogConfig::Level::kDebug);
}

TEST(OptionsTest, HelpEndsWellAndNamesEveryOption) {
  const auto options = parse({"--help"});
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().status, 0);
  for (const char* name :
       {"--config", "--check-config", "--version", "--log-level", "Exit status"}) {
    EXPECT_NE(options.error().text.find(name), std::string::npos) << name;
  }
}

TEST(OptionsTest, VersionEndsWell) {
  const auto options = parse({"--version"});
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().status, 0);
  EXPECT_TRUE(options.error().text.starts_with("penstock 0."));
}

TEST(OptionsTest, MistakesEndWithTwoAndSayWhatIsWrong) {
  const auto unknown = parse({"--colour"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().status, 2);
  EXPECT_NE(unknown.error().text.find("--colour"), std::string::npos);
  const auto level = parse({"--log-level", "loud"});
  ASSERT_FALSE(level.has_value());
  EXPECT_EQ(level.error().status, 2);
}

}  // namespace
}  // namespace penstock
