// The estimator over links of all kinds, in virtual time.
#include <gtest/gtest.h>

#include "tests/unit/cc/link_flow.h"

namespace penstock {
namespace {

using bridge::LinkConditions;
using bridge::LinkModel;
using bridge::LinkStep;
using link_test::Agenda;
using link_test::Flow;
using link_test::FlowOptions;

LinkConditions link_of(double bps, Duration delay = 25 * kMillisecond) {
  return {.delay = delay,
          .keeps_order = true,
          .rate_bps = static_cast<std::uint64_t>(bps),
          .queue_time_max = 500 * kMillisecond};
}

struct Steady {
  double utilisation = 0;  // of what the link lets through
  Duration delay_p95 = 0;
  double estimate_bps = 0;
};

Steady steady_state(const LinkConditions& conditions, FlowOptions options = {}) {
  Agenda agenda;
  LinkModel link(conditions);
  Prng prng(7);
  options.return_delay = conditions.delay;
  Flow flow(agenda, link, prng, options);
  const Timestamp begin = agenda.now;
  agenda.run_until(begin + 60 * kSecond);
  const Timestamp from = begin + 20 * kSecond;
  const Timestamp to = begin + 60 * kSecond;
  const double passes = 1 - conditions.loss_per_million / 1e6;
  return {
      .utilisation = flow.arrived_bps(from, to) / passes / static_cast<double>(conditions.rate_bps),
      .delay_p95 = flow.queue_delay_p95(from, to, conditions.delay),
      .estimate_bps = flow.estimator.bps()};
}

void expect_good(const Steady& steady) {
  EXPECT_GE(steady.utilisation, 0.85);
  EXPECT_LE(steady.delay_p95, 100 * kMillisecond);
}

TEST(BandwidthEstimatorTest, FillsLinksOfAllRatesWithoutFillingTheirQueues) {
  for (const double bps : {300e3, 500e3, 1e6, 2.5e6, 5e6, 10e6}) {
    for (const Duration delay : {10 * kMillisecond, 50 * kMillisecond, 150 * kMillisecond}) {
      SCOPED_TRACE(testing::Message() << bps << " b/s, " << delay / kMillisecond << " ms");
      expect_good(steady_state(link_of(bps, delay)));
    }
  }
}

TEST(BandwidthEstimatorTest, LossThatIsNotTheQueuesDoesNotStarveTheReceiver) {
  for (const std::uint32_t percent : {1U, 2U, 5U, 10U, 20U}) {
    SCOPED_TRACE(testing::Message() << percent << " %");
    LinkConditions conditions = link_of(2e6);
    conditions.loss_per_million = percent * 10'000;
    expect_good(steady_state(conditions));
  }
}

TEST(BandwidthEstimatorTest, JitterAndReordering) {
  LinkConditions jitter = link_of(2e6);
  jitter.jitter = 20 * kMillisecond;
  expect_good(steady_state(jitter));
  jitter.keeps_order = false;
  expect_good(steady_state(jitter));
  LinkConditions held = link_of(2e6);
  held.held_per_million = 20'000;
  held.held_for = 15 * kMillisecond;
  expect_good(steady_state(held));
}

TEST(BandwidthEstimatorTest, LostFeedbackIsNotTakenForALostWay) {
  expect_good(steady_state(link_of(2e6), {.feedback_loss_per_million = 100'000}));
}

TEST(BandwidthEstimatorTest, AShallowQueueIsFilledWithLittleLoss) {
  LinkConditions conditions = link_of(2e6);
  conditions.queue_time_max = 20 * kMillisecond;
  Agenda agenda;
  LinkModel link(conditions);
  Prng prng(7);
  Flow flow(agenda, link, prng, {});
  const Timestamp begin = agenda.now;
  agenda.run_until(begin + 60 * kSecond);
  const double sent = flow.sent_bps(begin + 20 * kSecond, begin + 60 * kSecond);
  const double arrived = flow.arrived_bps(begin + 20 * kSecond, begin + 60 * kSecond);
  EXPECT_GE(arrived, 0.85 * 2e6);
  EXPECT_LE(1 - arrived / sent, 0.05);
}

// It does not grow any more, and what is lost stays lost as long as no less is sent.
TEST(BandwidthEstimatorTest, AQueueThatIsFullFromTheBeginningIsOne) {
  for (const double media_bps : {400e3, 600e3, 1.2e6}) {
    SCOPED_TRACE(media_bps);
    Agenda agenda;
    LinkModel link(link_of(250e3));
    Prng prng(7);
    Flow flow(agenda, link, prng,
              {.start_bps = 1.5e6, .media_max_bps = media_bps, .media_min_bps = media_bps});
    agenda.run_until(agenda.now + 4 * kSecond);
    EXPECT_LE(flow.estimator.bps(), 300e3);
    EXPECT_LE(flow.estimator.inherent_loss(), 0.02);
  }
}

TEST(BandwidthEstimatorTest, FollowsAStepDownWithinASecondAndUpWithinTen) {
  Agenda agenda;
  LinkModel link;
  const Timestamp begin = agenda.now;
  link.set_steps({LinkStep{.from = 0, .conditions = link_of(5e6)},
                  LinkStep{.from = begin + 20 * kSecond, .conditions = link_of(500e3)},
                  LinkStep{.from = begin + 40 * kSecond, .conditions = link_of(5e6)}});
  Prng prng(7);
  Flow flow(agenda, link, prng, {});
  agenda.run_until(begin + 60 * kSecond);
  const Timestamp down = flow.first_at_most(begin + 20 * kSecond, 500e3);
  const Timestamp up = flow.first_at_least(begin + 40 * kSecond, 3e6);
  EXPECT_LE(down, begin + 21 * kSecond);
  EXPECT_LE(up, begin + 50 * kSecond);
}

TEST(BandwidthEstimatorTest, TwoFlowsOnOneLinkShareIt) {
  Agenda agenda;
  LinkModel link(link_of(4e6));
  Prng prng(7);
  Flow one(agenda, link, prng, {});
  const Timestamp begin = agenda.now;
  agenda.run_until(begin + 10 * kSecond);
  Flow other(agenda, link, prng, {});
  agenda.run_until(begin + 120 * kSecond);
  const double a = one.arrived_bps(begin + 60 * kSecond, begin + 120 * kSecond);
  const double b = other.arrived_bps(begin + 60 * kSecond, begin + 120 * kSecond);
  EXPECT_GE(a + b, 0.85 * 4e6);
  EXPECT_GE(std::min(a, b) / std::max(a, b), 0.6);
}

TEST(BandwidthEstimatorTest, ItDoesNotGrowBeyondWhatIsUsedButAProbeShowsWhatThereIs) {
  for (const double goal_bps : {0.0, 4e6}) {
    Agenda agenda;
    LinkModel link(link_of(10e6));
    Prng prng(7);
    Flow flow(agenda, link, prng, {.media_max_bps = 500e3, .goal_bps = goal_bps});
    agenda.run_until(agenda.now + 20 * kSecond);
    if (goal_bps == 0) {
      EXPECT_LE(flow.estimator.bps(), 1.2e6);
    } else {
      EXPECT_GE(flow.estimator.bps(), 3.5e6);
    }
  }
}

TEST(BandwidthEstimatorTest, AfterFailuresProbesBecomeRare) {
  Agenda agenda;
  LinkModel link(link_of(1e6));
  Prng prng(7);
  Flow flow(agenda, link, prng, {.media_max_bps = 600e3, .goal_bps = 4e6});
  const Timestamp begin = agenda.now;
  agenda.run_until(begin + 120 * kSecond);
  const auto extra = [&](int from, int to) {
    return flow.sent_bps(begin + from * kSecond, begin + to * kSecond) / 600e3 - 1;
  };
  EXPECT_LE(extra(60, 120), 0.01);
  EXPECT_GE(extra(0, 60), extra(60, 120));
}

TEST(BandwidthEstimatorTest, RembCountsUntilThereIsFeedback) {
  BandwidthEstimator estimator(1e6);
  estimator.take_remb(300'000);
  EXPECT_TRUE(estimator.is_known());
  EXPECT_EQ(estimator.bps(), 300e3);
  estimator.take_remb(1);
  EXPECT_EQ(estimator.bps(), BandwidthEstimator::kMinBps);
  estimator.take_remb(700'000);

  Agenda agenda;
  LinkModel link(link_of(2e6));
  Prng prng(7);
  Flow flow(agenda, link, prng, {});
  agenda.run_until(agenda.now + kSecond);
  const double before = flow.estimator.bps();
  flow.estimator.take_remb(1);
  EXPECT_EQ(flow.estimator.bps(), before);
}

// What Chromium says after a jump of the numbers: one packet, and 20,002 that never were.
TEST(BandwidthEstimatorTest, WhatIsClaimedOfPacketsThatWereNotSentChangesNothing) {
  BandwidthEstimator estimator(1e6);
  for (int i = 0; i < 10; ++i) estimator.add_sent(kSecond + i * 10 * kMillisecond, 1'200);
  std::array<std::uint8_t, 1'200> buffer;
  ByteWriter writer(buffer);
  std::array<std::uint8_t, 8> chunks_and_deltas{};
  store_be16(&chunks_and_deltas[0], 0x2001);  // one that came, of a small delta
  store_be16(&chunks_and_deltas[2], 0x1FFF);  // runs of lost ones
  store_be16(&chunks_and_deltas[4], 0x1FFF);
  TransportFeedback feedback;
  feedback.base_sequence_number = 9;
  feedback.status_count = 1 + 2 * 0x1FFF;
  feedback.chunks = std::span(chunks_and_deltas).first(6);
  feedback.deltas = std::span(chunks_and_deltas).last(2);
  estimator.take_feedback(feedback, 2 * kSecond);
  EXPECT_EQ(estimator.bps(), 1e6);
  EXPECT_EQ(estimator.rtt(), kSecond - 90 * kMillisecond);
}

TEST(BandwidthEstimatorTest, WithoutFeedbackItStaysWhereItBegan) {
  BandwidthEstimator estimator(1e6);
  for (int i = 0; i < 5'000; ++i) estimator.add_sent(kSecond + i * kMillisecond, 1'200);
  EXPECT_EQ(estimator.bps(), 1e6);
  EXPECT_FALSE(estimator.is_known());
}

}  // namespace
}  // namespace penstock
