#include "bench/bridge/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace penstock::bridge {
namespace {

struct Parsed {
  std::optional<BridgeOptions> options;
  int exit_status = 0;
  std::string said;
};

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "penstock-bridge");
  Parsed parsed;
  testing::internal::CaptureStderr();
  parsed.options = parse_bridge_options(static_cast<int>(arguments.size()), arguments.data(),
                                        parsed.exit_status);
  parsed.said = testing::internal::GetCapturedStderr();
  return parsed;
}

LinkConditions conditions_to(const BridgeOptions& options, std::size_t device) {
  std::vector<LinkChange> changes;
  for (const RuleLine& rule : options.rules) {
    if (std::ranges::count(rule.ways, device) == 0) continue;
    changes.insert(changes.end(), rule.changes.begin(), rule.changes.end());
  }
  return steps_of(changes).back().conditions;
}

void expect_refused(const std::vector<const char*>& arguments, const std::string& text) {
  const Parsed parsed = parse(arguments);
  EXPECT_FALSE(parsed.options.has_value()) << text;
  EXPECT_EQ(parsed.exit_status, 2);
  EXPECT_NE(parsed.said.find(text), std::string::npos) << parsed.said;
}

TEST(BridgeOptions, DevicesAndRules) {
  const auto options = parse({"tap:a0", "b0", "--to", "b0", "loss=2", "--to", "a0", "loss=3",
                              "--both", "delay-ms=10", "--seed", "9"})
                           .options;
  ASSERT_TRUE(options.has_value());
  EXPECT_TRUE(options->devices[0].is_tap);
  EXPECT_EQ(options->devices[0].name, "a0");
  EXPECT_FALSE(options->devices[1].is_tap);
  EXPECT_EQ(options->seed, 9U);
  EXPECT_FALSE(options->filter.takes_all);
  EXPECT_EQ(conditions_to(*options, 0).loss_per_million, 30'000U);
  EXPECT_EQ(conditions_to(*options, 1).loss_per_million, 20'000U);
  EXPECT_EQ(conditions_to(*options, 0).delay, 10 * kMillisecond);
  EXPECT_EQ(conditions_to(*options, 1).delay, 10 * kMillisecond);
}

TEST(BridgeOptions, InAnyOrder) {
  const auto options =
      parse({"--both", "delay-ms=10", "--all", "--to", "b0", "loss=2", "a0", "b0"}).options;
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->names(), (DeviceNames{"a0", "b0"}));
  EXPECT_TRUE(options->filter.takes_all);
}

TEST(BridgeOptions, AScheduleIsReadFromAFile) {
  const auto path = std::filesystem::temp_directory_path() / "penstock_bridge_schedule";
  std::ofstream(path) << "# steps\nb0 rate-kbps=2000\n\nb0 at-s=20,rate-kbps=500\n";
  const std::string name = path.string();
  const auto options = parse({"a0", "b0", "--schedule", name.c_str()}).options;
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(conditions_to(*options, 1).rate_bps, 500'000U);
  EXPECT_EQ(conditions_to(*options, 0).rate_bps, 0U);
  std::ofstream(path) << "b0 rate-kbps=2000\nb0 rate=500\n";
  expect_refused({"a0", "b0", "--schedule", name.c_str()}, name + ":2: \"rate=500\"");
  std::filesystem::remove(path);
  expect_refused({"a0", "b0", "--schedule", name.c_str()}, "cannot be read");
}

TEST(BridgeOptions, MistakesAreNamed) {
  expect_refused({}, "DEVICE");
  expect_refused({"a0"}, "DEVICE");
  expect_refused({"a0", "a0"}, "a device cannot be joined with itself: a0");
  expect_refused({"a0", "tap:a0"}, "a device cannot be joined with itself: a0");
  expect_refused({"a0", "b0", "--to", "c0", "loss=2"}, "\"c0\": frames go to a0, b0 or both");
  expect_refused({"a0", "b0", "--to", "b0"}, "--to");
  expect_refused({"a0", "b0", "--to", "b0", "loss=200"}, "from 0 to 100 (percent)");
  expect_refused({"a0", "b0", "--both", "los=2"}, "there is no such key");
}

}  // namespace
}  // namespace penstock::bridge
