// The figures that are made of what a receiver was sent.
#include "bench/quality/figures.h"

#include <gtest/gtest.h>

namespace penstock::quality {
namespace {

TEST(FiguresTest, AnExpectationIsMetByAFigureOnItsSide) {
  const Figures figures{{"utilisation", 0.9}, {"frozen_share", 0.02}};
  EXPECT_TRUE(is_met({"utilisation", 0.85, true}, figures));
  EXPECT_FALSE(is_met({"utilisation", 0.95, true}, figures));
  EXPECT_TRUE(is_met({"frozen_share", 0.02, false}, figures));
  EXPECT_FALSE(is_met({"frozen_share", 0.01, false}, figures));
  EXPECT_FALSE(is_met({"fairness", 0, true}, figures)) << "it was not measured";
}

class CallFiguresTest : public testing::Test {
 protected:
  // A call of ten seconds, with a link of 1 Mb/s on which this much arrived each 10 ms.
  CallRecord call_with(std::uint32_t bytes, Duration queued_ns) {
    CallRecord call{.began_at = kSecond,
                    .ended_at = 11 * kSecond,
                    .receivers = {},
                    .publishers = std::vector<PublisherRecord>(1)};
    call.receivers.push_back(std::make_unique<ReceiverRecord>());
    for (Timestamp at = kSecond; at < 11 * kSecond; at += 10 * kMillisecond) {
      call.receivers[0]->log.on_sent(
          std::vector<std::uint8_t>(bytes),
          {.fate = bridge::LinkFate::kDelivered, .at = at + 20 * kMillisecond + queued_ns},
          20 * kMillisecond, at, {});
    }
    return call;
  }

  Scenario scenario_{
      .name = "test",
      .description = "",
      .publishers = {{.encodings = {{"", 640, 360, 500'000, 0}}}},
      .receivers = {{.name = "one", .downlink = {{.conditions = {.rate_bps = 1'000'000}}}}},
      .duration = 10 * kSecond,
      .settled_at = 2 * kSecond};
};

TEST_F(CallFiguresTest, UtilisationIsWhatArrivedOfWhatCouldHave) {
  const double ideal = 500'000 * 1.08 + 72'800;  // 500 kb/s of video, and audio, with headers
  EXPECT_NEAR(figures_of(scenario_, call_with(500, 0)).at("utilisation"), 400'000 / ideal, 0.02);
  EXPECT_EQ(figures_of(scenario_, call_with(1'100, 0)).at("utilisation"), 1);
}

TEST_F(CallFiguresTest, DelayIsThatOfTheQueueAlone) {
  EXPECT_NEAR(figures_of(scenario_, call_with(500, 70 * kMillisecond)).at("queue_delay_p95_ms"), 70,
              0.1);
}

TEST_F(CallFiguresTest, WhoNeverSawAPictureIsFrozen) {
  EXPECT_EQ(figures_of(scenario_, call_with(500, 0)).at("frozen_share"), 1);
}

TEST_F(CallFiguresTest, WhatTheSimulationFoundWrongIsAViolation) {
  CallRecord call = call_with(500, 0);
  call.server_failures = 3;
  EXPECT_EQ(figures_of(scenario_, call).at("oracle_violations"), 3);
}

}  // namespace
}  // namespace penstock::quality
