#include "bench/load/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace penstock::load {
namespace {

TEST(LoadProgressTest, ElsewhereThanOnATerminalThereIsALineEachFiveSeconds) {
  std::ostringstream out;
  Progress progress(out, false);
  for (Timestamp now = kSecond; now < 11 * kSecond; now += 100 * kMillisecond) {
    if (progress.is_due(now)) {
      progress.show({.phase = "joining", .connected = 3, .wanted = 8}, now);
    }
  }
  progress.finish();
  EXPECT_EQ(std::ranges::count(out.str(), '\n'), 2);
  EXPECT_NE(out.str().find("joining: 3 of 8 peers"), std::string::npos) << out.str();
}

TEST(LoadProgressTest, OnATerminalOneLineIsDrawnAgainAndGoesInTheEnd) {
  std::ostringstream out;
  Progress progress(out, true);
  progress.show({.phase = "steady", .received = 0, .sent = 0}, kSecond);
  progress.show({.phase = "steady", .failed = 2, .received = 500, .sent = 10, .seconds_left = 7},
                3 * kSecond);
  progress.finish();
  EXPECT_EQ(std::ranges::count(out.str(), '\n'), 0);
  EXPECT_NE(out.str().find("(2 failed), out 5 packets/s, in 250 packets/s, 7 s left"),
            std::string::npos)
      << out.str();
  EXPECT_TRUE(out.str().ends_with("\r\x1b[K"));
}

}  // namespace
}  // namespace penstock::load
