// Loss, bursts, duplicates, delay, jitter and order: what a link does to each frame by itself. What
// frames do to each other at a bottleneck is in bottleneck_test.cc.
#include "bench/bridge/link_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace penstock::bridge {
namespace {

constexpr std::size_t kFrameBytes = 1'000;
constexpr Duration kSpacing = kMillisecond;

// The verdicts on `count` frames, one each millisecond.
std::vector<LinkVerdict> offer(LinkModel& link, std::size_t count, std::uint64_t seed) {
  Prng prng(seed);
  std::vector<LinkVerdict> verdicts;
  for (std::size_t i = 0; i < count; ++i) {
    verdicts.push_back(link.offer(kFrameBytes, static_cast<Timestamp>(i) * kSpacing, prng));
  }
  return verdicts;
}

// A letter for each frame: delivered, or how it was lost.
std::string fates(LinkConditions conditions, std::size_t count, std::uint64_t seed) {
  LinkModel link(conditions);
  std::string text;
  for (const LinkVerdict& verdict : offer(link, count, seed)) {
    text += ".lboq"[static_cast<std::size_t>(verdict.fate)];
  }
  return text;
}

TEST(LinkModel, WithoutConditionsEveryFrameTakesTheDelay) {
  LinkModel link(LinkConditions{.delay = 7 * kMillisecond});
  Timestamp at = 0;
  for (const LinkVerdict& verdict : offer(link, 100, 1)) {
    EXPECT_EQ(verdict.fate, LinkFate::kDelivered);
    EXPECT_EQ(verdict.at, at + 7 * kMillisecond);
    EXPECT_EQ(verdict.copy_at, kNever);
    at += kSpacing;
  }
  EXPECT_EQ(link.counters().offered, 100U);
  EXPECT_EQ(link.counters().delay_max, 7 * kMillisecond);
}

TEST(LinkModel, LosesTheShareThatItShall) {
  for (const std::uint32_t per_million : {1'000U, 20'000U, 50'000U, 300'000U, 1'000'000U}) {
    LinkModel link(LinkConditions{.loss_per_million = per_million});
    offer(link, 100'000, 1);
    const double expected = per_million / 10.0;
    // Five standard deviations of a binomial distribution.
    EXPECT_NEAR(static_cast<double>(link.counters().lost), expected,
                5 * std::sqrt(expected * (1 - per_million / 1e6)));
  }
}

TEST(LinkModel, TheSameSeedMakesTheSameDecisionsAndAnotherOneOthers) {
  const LinkConditions conditions{
      .loss_per_million = 50'000,
      .duplicate_per_million = 10'000,
      .jitter = 5 * kMillisecond,
      .bursts = {.begin_per_million = 5'000, .end_per_million = 250'000}};
  EXPECT_EQ(fates(conditions, 10'000, 1), fates(conditions, 10'000, 1));
  EXPECT_NE(fates(conditions, 10'000, 1), fates(conditions, 10'000, 2));
}

TEST(LinkModel, WhichFramesAreLostDoesNotDependOnDelayJitterOrQueue) {
  LinkConditions conditions{.loss_per_million = 50'000};
  const std::string lost = fates(conditions, 10'000, 1);
  conditions.delay = 40 * kMillisecond;
  conditions.jitter = 30 * kMillisecond;
  conditions.rate_bps = 100'000'000;
  conditions.queue_time_max = kSecond;
  EXPECT_EQ(fates(conditions, 10'000, 1), lost);
}

TEST(LinkModel, BurstsHaveTheirMeanLengthAndShare) {
  // Of 100 frames, 2 are lost, 4 at a time.
  const std::string text =
      fates({.bursts = {.begin_per_million = 5'102, .end_per_million = 250'000}}, 400'000, 3);
  std::size_t bursts = 0;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != 'b') continue;
    ++lost;
    bursts += i == 0 || text[i - 1] != 'b';
  }
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(text.size()), 0.02, 0.002);
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 4, 0.3);
}

TEST(LinkModel, InABurstOnlyTheShareThatItShallIsLost) {
  // Always in a burst, but for the first frames.
  const std::string text = fates({.bursts = {.begin_per_million = 1'000'000,
                                             .end_per_million = 0,
                                             .loss_per_million = 300'000}},
                                 100'000, 4);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(text, 'b')), 30'000, 750);
}

TEST(LinkModel, DuplicatesArriveTwice) {
  LinkModel link(LinkConditions{.duplicate_per_million = 100'000});
  std::size_t copies = 0;
  for (const LinkVerdict& verdict : offer(link, 10'000, 5)) copies += verdict.copy_at != kNever;
  EXPECT_EQ(link.counters().duplicated, copies);
  EXPECT_NEAR(static_cast<double>(copies), 1'000, 150);
}

TEST(LinkModel, JitterIsUniformAndMayChangeTheOrder) {
  LinkModel link(LinkConditions{.delay = kMillisecond, .jitter = 20 * kMillisecond});
  double sum = 0;
  std::size_t overtakes = 0;
  Timestamp at = 0;
  Timestamp latest = 0;
  for (const LinkVerdict& verdict : offer(link, 10'000, 6)) {
    const Duration jitter = verdict.at - at - kMillisecond;
    EXPECT_GE(jitter, 0);
    EXPECT_LE(jitter, 20 * kMillisecond);
    sum += static_cast<double>(jitter);
    overtakes += verdict.at < latest;
    latest = std::max(latest, verdict.at);
    at += kSpacing;
  }
  EXPECT_NEAR(sum / 10'000, 10.0 * kMillisecond, 0.3 * kMillisecond);
  EXPECT_GT(overtakes, 1'000U);
}

TEST(LinkModel, JitterKeepsTheOrderIfItShall) {
  LinkModel link(LinkConditions{.delay = 0, .jitter = 20 * kMillisecond, .keeps_order = true});
  Timestamp latest = 0;
  Timestamp at = 0;
  Duration jitter_max = 0;
  for (const LinkVerdict& verdict : offer(link, 10'000, 7)) {
    EXPECT_GE(verdict.at, latest);
    latest = verdict.at;
    jitter_max = std::max(jitter_max, verdict.at - at);
    at += kSpacing;
  }
  EXPECT_GT(jitter_max, 19 * kMillisecond);
  EXPECT_LE(jitter_max, 20 * kMillisecond);
}

TEST(LinkModel, FramesThatAreHeldBackAreOvertakenByTheOthersAlone) {
  LinkModel link(LinkConditions{
      .keeps_order = true, .held_per_million = 100'000, .held_for = 5 * kMillisecond});
  Timestamp at = 0;
  std::size_t held = 0;
  for (const LinkVerdict& verdict : offer(link, 10'000, 8)) {
    const Duration delay = verdict.at - at - 10 * kMillisecond;
    EXPECT_TRUE(delay == 0 || delay == 5 * kMillisecond) << delay;
    held += delay > 0;
    at += kSpacing;
  }
  EXPECT_NEAR(static_cast<double>(held), 1'000, 150);
}

TEST(LinkModel, AnOutageLosesEverythingWhileItLasts) {
  LinkModel link;
  link.set_steps({{.from = 0, .conditions = {}},
                  {.from = 100 * kMillisecond, .conditions = {.is_cut = true}},
                  {.from = 400 * kMillisecond, .conditions = {}}});
  const auto verdicts = offer(link, 1'000, 9);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const bool is_out = i >= 100 && i < 400;
    EXPECT_EQ(verdicts[i].fate, is_out ? LinkFate::kLostInOutage : LinkFate::kDelivered) << i;
  }
  EXPECT_EQ(link.counters().lost_in_outage, 300U);
}

TEST(LinkModel, ConditionsChangeWhenTheyAreSet) {
  LinkModel link;
  EXPECT_EQ(offer(link, 10, 10).back().fate, LinkFate::kDelivered);
  link.set_conditions({.is_cut = true});
  EXPECT_EQ(offer(link, 10, 10).back().fate, LinkFate::kLostInOutage);
}

}  // namespace
}  // namespace penstock::bridge
