#include "dataplane/cc/loss_control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace penstock {
namespace {

// Feedback on 20 packets each 50 ms for so long; `loss`: of what is sent at a rate.
void run(LossControl& control, Timestamp& now, Duration length, double rate_bps,
         const std::function<double(double)>& loss) {
  const Timestamp end = now + length;
  double owed = 0;
  for (; now < end; now += 50 * kMillisecond) {
    const double sent_bps = std::min(rate_bps, control.cap_bps());
    owed += 20 * loss(sent_bps);
    const auto lost = static_cast<std::uint32_t>(owed);
    owed -= lost;
    control.update({.received = 20 - lost,
                    .lost = lost,
                    .rate_bps = rate_bps,
                    .delivered_bps = sent_bps * (1 - loss(sent_bps)),
                    .rtt = 50 * kMillisecond},
                   now);
  }
}

TEST(LossControlTest, LossThatStaysWhenLessIsSentIsTheWays) {
  for (const double share : {0.1, 0.2, 0.4}) {
    LossControl control;
    Timestamp now = kSecond;
    run(control, now, 20 * kSecond, 1e6, [&](double) { return share; });
    EXPECT_NEAR(control.inherent(), share, 0.02);
    EXPECT_GE(control.cap_bps(), 1e6);
  }
}

TEST(LossControlTest, LossThatGoesAwayWhenLessIsSentIsAQueues) {
  LossControl control;
  Timestamp now = kSecond;
  const auto of_queue = [](double bps) { return std::max(0.0, 1 - 500e3 / bps); };
  run(control, now, 20 * kSecond, 1e6, of_queue);
  EXPECT_LE(control.inherent(), 0.02);
  EXPECT_GE(control.cap_bps(), 350e3);
  EXPECT_LE(control.cap_bps(), 650e3);
}

TEST(LossControlTest, AQueueOnALossyWayIsTheQueueAllTheSame) {
  LossControl control;
  Timestamp now = kSecond;
  run(control, now, 20 * kSecond, 400e3, [](double) { return 0.1; });
  run(control, now, 20 * kSecond, 1e6,
      [](double bps) { return 1 - 0.9 * std::min(1.0, 500e3 / bps); });
  EXPECT_NEAR(control.inherent(), 0.1, 0.05);
  EXPECT_LE(control.cap_bps(), 650e3);
}

TEST(LossControlTest, AFewLostPacketsChangeNothing) {
  LossControl control;
  Timestamp now = kSecond;
  run(control, now, 20 * kSecond, 1e6, [](double) { return 0.05; });
  EXPECT_GE(control.cap_bps(), 1e6);
}

TEST(LossControlTest, WhatIsCalledLostAndComesWasNotLost) {
  LossControl control;
  Timestamp now = kSecond;
  for (; now < 10 * kSecond; now += 50 * kMillisecond)
    control.update({.received = 16, .lost = 4, .recovered = 4, .rate_bps = 1e6}, now);
  EXPECT_EQ(control.inherent(), 0);
  EXPECT_GE(control.cap_bps(), 1e6);
}

TEST(LossControlTest, WhatWasSeenToArriveIsNotCapped) {
  LossControl control;
  Timestamp now = kSecond;
  run(control, now, 1'500 * kMillisecond, 2e6, [](double bps) { return bps > 1.7e6 ? 0.2 : 0.0; });
  ASSERT_LT(control.cap_bps(), 1.9e6);
  control.raise(1.95e6);
  EXPECT_GE(control.cap_bps(), 1.95e6);
}

TEST(LossControlTest, AWayThatLosesLessAgainIsBelievedSlowly) {
  LossControl control;
  Timestamp now = kSecond;
  run(control, now, 20 * kSecond, 1e6, [](double) { return 0.2; });
  run(control, now, 2 * kSecond, 1e6, [](double) { return 0.0; });
  EXPECT_GE(control.inherent(), 0.08);
  run(control, now, 60 * kSecond, 1e6, [](double) { return 0.0; });
  EXPECT_LE(control.inherent(), 0.01);
}

}  // namespace
}  // namespace penstock
