#include "dataplane/rtp/reception_stats.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr std::uint32_t kVideoHz = 90'000;

// Packets 20 ms apart, in order from `first`, with exact timestamps.
void feed(ReceptionStats& stats, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t i = first; i < first + count; ++i) {
    stats.on_packet(static_cast<std::uint16_t>(i), i * 1'800, i * 20 * kMillisecond);
  }
}

TEST(ReceptionStats, NothingIsLostInAContiguousStream) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 100, 50);
  const ReportBlock block = stats.make_report_block(0xABCD, 0);
  EXPECT_EQ(block.ssrc, 0xABCDU);
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 0);
  EXPECT_EQ(block.extended_highest_sequence, 149U);
  EXPECT_EQ(block.jitter, 0U);
  EXPECT_EQ(stats.expected(), 50U);
}

TEST(ReceptionStats, FractionIsOfTheIntervalAndLossIsCumulative) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 75);
  feed(stats, 100, 1);  // 76 of 101
  const ReportBlock first = stats.make_report_block(1, 0);
  EXPECT_EQ(first.cumulative_lost, 25);
  EXPECT_EQ(first.fraction_lost, 25 * 256 / 101);
  feed(stats, 101, 100);
  const ReportBlock second = stats.make_report_block(1, 0);
  EXPECT_EQ(second.cumulative_lost, 25);
  EXPECT_EQ(second.fraction_lost, 0);
}

TEST(ReceptionStats, CyclesAreCountedAcrossTheWrap) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 65'530, 10);
  EXPECT_EQ(stats.extended_highest_sequence(), 65'539U);
  EXPECT_EQ(stats.lost(), 0);
}

TEST(ReceptionStats, LatePacketIsNotLost) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 10);
  feed(stats, 11, 10);
  EXPECT_EQ(stats.lost(), 1);
  feed(stats, 10, 1);
  EXPECT_EQ(stats.lost(), 0);
}

TEST(ReceptionStats, PacketFromBeforeTheFirstExtendsTheStream) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 1, 1);
  feed(stats, 0, 1);
  EXPECT_EQ(stats.expected(), 2U);
  EXPECT_EQ(stats.lost(), 0);
}

TEST(ReceptionStats, DuplicatesMakeTheLossNegative) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 10);
  feed(stats, 5, 3);
  const ReportBlock block = stats.make_report_block(1, 0);
  EXPECT_EQ(block.cumulative_lost, -3);
  EXPECT_EQ(block.fraction_lost, 0);
}

TEST(ReceptionStats, OneWildSequenceNumberIsIgnored) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 10);
  stats.on_packet(40'000, 0, kSecond);
  feed(stats, 10, 10);
  EXPECT_EQ(stats.extended_highest_sequence(), 19U);
  EXPECT_EQ(stats.lost(), 0);
}

TEST(ReceptionStats, TwoPacketsInSequenceFarAwayRestart) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 10);
  feed(stats, 40'000, 5);
  EXPECT_EQ(stats.extended_highest_sequence(), 40'004U);
  EXPECT_EQ(stats.lost(), 0);
  EXPECT_EQ(stats.expected(), 4U);  // the first of them is what confirmed the jump
}

TEST(ReceptionStats, JitterConvergesToTheMeanDeviation) {
  ReceptionStats stats(kVideoHz);
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const Duration late = i % 2 == 0 ? 0 : 10 * kMillisecond;  // 900 units, every other packet
    stats.on_packet(static_cast<std::uint16_t>(i), i * 1'800, i * 20 * kMillisecond + late);
  }
  EXPECT_NEAR(stats.jitter(), 900, 10);
}

TEST(ReceptionStats, JitterIsFirstDeviationOverSixteen) {
  ReceptionStats stats(kVideoHz);
  stats.on_packet(0, 0, 0);
  stats.on_packet(1, 1'800, 20 * kMillisecond + 16 * kMillisecond);  // 1,440 units late
  EXPECT_EQ(stats.jitter(), 90U);
}

TEST(ReceptionStats, PacketsOfOneFrameAreNoJitter) {
  ReceptionStats stats(kVideoHz);
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const std::uint32_t frame = i / 10;
    stats.on_packet(static_cast<std::uint16_t>(i), frame * 3'000,
                    frame * (kSecond / 30) + (i % 10) * kMillisecond);
  }
  EXPECT_LE(stats.jitter(), 1U);
}

TEST(ReceptionStats, JumpOfTheTimestampIsNoJitter) {
  ReceptionStats stats(kVideoHz);
  stats.on_packet(0, 0, 0);
  stats.on_packet(1, 0x80000000, 20 * kMillisecond);
  EXPECT_EQ(stats.jitter(), 0U);
}

TEST(ReceptionStats, JitterSurvivesTheWrapOfTheTimestamp) {
  ReceptionStats stats(kVideoHz);
  stats.on_packet(0, 0xFFFFFFFF - 899, 0);
  stats.on_packet(1, 900, 20 * kMillisecond);
  EXPECT_EQ(stats.jitter(), 0U);
}

TEST(ReceptionStats, SenderReportIsEchoedWithItsDelay) {
  ReceptionStats stats(kVideoHz);
  feed(stats, 0, 2);
  EXPECT_EQ(stats.make_report_block(1, kSecond).last_sr, 0U);
  stats.on_sender_report(0x1122334455667788, 2 * kSecond);
  const ReportBlock block = stats.make_report_block(1, 3 * kSecond + kSecond / 2);
  EXPECT_EQ(block.last_sr, 0x33445566U);
  EXPECT_EQ(block.delay_since_last_sr, 0x00018000U);
}

}  // namespace
}  // namespace penstock
