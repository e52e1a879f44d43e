#include "tests/churn/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace penstock::churn {
namespace {

TEST(ProgressTest, WithoutATerminalThereIsALineForEveryTenth) {
  std::ostringstream out;
  Progress progress(out, false, "rooms", 1'000);
  for (std::uint64_t done = 0; done <= 1'000; ++done) {
    progress.update(done, static_cast<Timestamp>(done + 1) * kMillisecond);
  }
  progress.finish(2 * kSecond);
  const std::string text = out.str();
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
  EXPECT_NE(text.find("10 %  100 of 1,000"), std::string::npos) << text;
  EXPECT_NE(text.find("100 %  1,000 of 1,000, 1,000 a second"), std::string::npos) << text;
}

TEST(ProgressTest, StepsOfSeveralTenthsTakeOneLine) {
  std::ostringstream out;
  Progress progress(out, false, "rooms", 10);
  progress.update(0, kSecond);
  progress.update(5, 2 * kSecond);
  progress.update(10, 3 * kSecond);
  EXPECT_EQ(std::ranges::count(out.str(), '\n'), 2);
}

TEST(ProgressTest, OnATerminalOneLineIsDrawnAgainButNotTooOften) {
  std::ostringstream out;
  Progress progress(out, true, "rooms", 1'000);
  for (std::uint64_t done = 0; done <= 1'000; ++done) {
    progress.update(done, static_cast<Timestamp>(done + 1) * kMillisecond);
  }
  progress.finish(2 * kSecond);
  progress.finish(3 * kSecond);
  const std::string text = out.str();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_LE(std::ranges::count(text, '\r'), 12);
  EXPECT_NE(text.rfind("100 %"), std::string::npos);
}

TEST(ProgressTest, NumbersHaveCommas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace penstock::churn
