#include "controlplane/log/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace penstock {
namespace {

TEST(LogSiteTest, AdmitsTenLinesInASecondThenNone) {
  LogSite site;
  for (std::uint32_t i = 0; i < kLogLinesPerSecondPerSite; ++i) {
    EXPECT_TRUE(site.admit(5 * kSecond + i).admitted);
  }
  EXPECT_FALSE(site.admit(5 * kSecond + 999 * kMillisecond).admitted);
}

TEST(LogSiteTest, TheNextSecondSaysHowManyWereSuppressed) {
  LogSite site;
  for (int i = 0; i < 1'000; ++i) site.admit(0);
  const LogSite::Admission admission = site.admit(kSecond);
  EXPECT_TRUE(admission.admitted);
  EXPECT_EQ(admission.suppressed, 990U);
  EXPECT_EQ(site.admit(kSecond).suppressed, 0U);
}

class LogFileTest : public testing::Test {
 protected:
  void TearDown() override {
    spdlog::drop_all();
    std::filesystem::remove(path_);
    EXPECT_TRUE(start_log({}).has_value());
  }

  std::string text() {
    spdlog::default_logger()->flush();
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string path_ =
      std::filesystem::temp_directory_path() / ("penstock_log_test." + std::to_string(getpid()));
};

TEST_F(LogFileTest, AFloodOfLinesStaysSmall) {
  ASSERT_TRUE(start_log({LogConfig::Level::kInfo, path_}).has_value());
  for (int i = 0; i < 100'000; ++i) PENSTOCK_LOG_WARNING("bad packet {}", i);
  const std::string log = text();
  EXPECT_NE(log.find("bad packet 0"), std::string::npos);
  EXPECT_LT(log.size(), 20'000U);
}

TEST_F(LogFileTest, LinesBelowTheLevelAreNotWritten) {
  ASSERT_TRUE(start_log({LogConfig::Level::kWarning, path_}).has_value());
  PENSTOCK_LOG_INFO("quiet");
  PENSTOCK_LOG_ERROR("loud");
  EXPECT_EQ(text().find("quiet"), std::string::npos);
  EXPECT_NE(text().find("error loud"), std::string::npos);
}

TEST(LogTest, AFileThatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(start_log({LogConfig::Level::kInfo, "/proc/none/penstock.log"}).has_value());
}

}  // namespace
}  // namespace penstock
