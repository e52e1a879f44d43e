#include "dataplane/forward/retransmission_requester.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace penstock {
namespace {

using Requester = RetransmissionRequester;

class RetransmissionRequesterTest : public testing::Test {
 protected:
  // These packets are found missing.
  bool lose(std::uint64_t first, std::uint64_t count = 1) {
    newest = std::max(newest, first + count);
    return requester.on_hole(first, count, now);
  }
  void come(std::uint64_t sequence) {
    come_since.insert(sequence);
    requester.on_arrival(sequence, now);
  }
  std::vector<std::uint64_t> due() {
    std::vector<std::uint64_t> asked;
    requester.take_due(
        newest, now, [&](std::uint64_t sequence) { return come_since.contains(sequence); },
        [&](std::uint64_t sequence) { asked.push_back(sequence); });
    return asked;
  }
  // When it is asked for in the next `duration`, looking every millisecond.
  std::vector<Duration> times_asked(Duration duration) {
    std::vector<Duration> times;
    for (const Timestamp begin = now; now < begin + duration; now += kMillisecond) {
      if (!due().empty()) times.push_back(now - begin);
    }
    return times;
  }

  Requester requester;
  Timestamp now = kSecond;
  std::uint64_t newest = 0;
  std::set<std::uint64_t> come_since;
};

using ExtendedNumbers = std::vector<std::uint64_t>;

TEST_F(RetransmissionRequesterTest, NothingIsAskedForBeforeItMayBeMissing) {
  ASSERT_TRUE(lose(10));
  EXPECT_EQ(due(), ExtendedNumbers{});
  now += Requester::kFirstRequestDelay - kMillisecond;
  EXPECT_EQ(due(), ExtendedNumbers{});
  now += kMillisecond;
  EXPECT_EQ(due(), ExtendedNumbers{10});
  EXPECT_EQ(due(), ExtendedNumbers{}) << "once";
}

TEST_F(RetransmissionRequesterTest, TwoNewerPacketsAreProofEnough) {
  ASSERT_TRUE(lose(10));
  ++newest;
  EXPECT_EQ(due(), ExtendedNumbers{10});
}

TEST_F(RetransmissionRequesterTest, WhatComesLateIsNotAskedFor) {
  ASSERT_TRUE(lose(10, 3));
  come(11);
  now += Requester::kFirstRequestDelay;
  EXPECT_EQ(due(), (ExtendedNumbers{10, 12}));
  come(10);
  come(12);
  now += kSecond;
  EXPECT_EQ(due(), ExtendedNumbers{});
  EXPECT_FALSE(requester.has_holes());
}

TEST_F(RetransmissionRequesterTest, RepeatsWithLongerPausesAndGivesUpAfterTen) {
  ASSERT_TRUE(lose(10));
  const auto times = times_asked(10 * kSecond);
  ASSERT_EQ(times.size(), Requester::kRequestsMax);
  EXPECT_EQ(times[0], Requester::kFirstRequestDelay);
  EXPECT_EQ(times[1] - times[0], Requester::kRoundTripUnknown);
  for (std::size_t i = 2; i < times.size(); ++i) {
    EXPECT_GE(times[i] - times[i - 1], times[i - 1] - times[i - 2]);
    EXPECT_LE(times[i] - times[i - 1], Requester::kIntervalMax + kMillisecond);
  }
  EXPECT_FALSE(requester.has_holes());
}

TEST_F(RetransmissionRequesterTest, TheRoundTripIsWhatAnAnswerTook) {
  ASSERT_TRUE(lose(10));
  now += Requester::kFirstRequestDelay;
  ASSERT_EQ(due(), ExtendedNumbers{10});
  now += 40 * kMillisecond;
  come(10);
  EXPECT_EQ(requester.round_trip_ns(), 40 * kMillisecond);
  ASSERT_TRUE(lose(20));
  const auto times = times_asked(100 * kMillisecond);
  ASSERT_GE(times.size(), 2U);
  EXPECT_EQ(times[1] - times[0], 40 * kMillisecond);
}

TEST_F(RetransmissionRequesterTest, AnAnswerToOneOfSeveralRequestsSaysNothingOfTheRoundTrip) {
  ASSERT_TRUE(lose(10));
  static_cast<void>(times_asked(200 * kMillisecond));
  come(10);
  EXPECT_EQ(requester.round_trip_ns(), 0);
}

TEST_F(RetransmissionRequesterTest, AShortRoundTripIsNoReasonToHurry) {
  ASSERT_TRUE(lose(10));
  now += Requester::kFirstRequestDelay;
  ASSERT_EQ(due(), ExtendedNumbers{10});
  now += kMillisecond;
  come(10);
  ASSERT_TRUE(lose(20));
  const auto times = times_asked(50 * kMillisecond);
  ASSERT_GE(times.size(), 2U);
  EXPECT_EQ(times[1] - times[0], Requester::kIntervalMin);
}

TEST_F(RetransmissionRequesterTest, AKeyframeMakesWhatIsOlderSuperfluous) {
  ASSERT_TRUE(lose(10));
  ASSERT_TRUE(lose(20));
  requester.forget_before(15);
  now += Requester::kFirstRequestDelay;
  EXPECT_EQ(due(), ExtendedNumbers{20});
}

TEST_F(RetransmissionRequesterTest, MoreThanCanBeAskedForIsNotAskedForAtAll) {
  ASSERT_TRUE(lose(10));
  EXPECT_FALSE(lose(20, Requester::kMissingMax + 1));
  now += kSecond;
  EXPECT_EQ(due(), ExtendedNumbers{});
  ASSERT_TRUE(lose(5'000, Requester::kMissingMax));
  now += kSecond;
  EXPECT_EQ(due().size(), Requester::kMissingMax);
}

TEST_F(RetransmissionRequesterTest, WhatTheWindowHasLeftIsGivenUp) {
  ASSERT_TRUE(lose(10));
  newest = 10 + Requester::kMissingMax + 1;
  now += Requester::kFirstRequestDelay;
  EXPECT_EQ(due(), ExtendedNumbers{});
  EXPECT_FALSE(requester.has_holes());
}

TEST_F(RetransmissionRequesterTest, TooManyHolesAtOnceAreTooManyPackets) {
  for (std::uint64_t i = 0; i < Requester::kHolesMax; ++i) ASSERT_TRUE(lose(10 * i));
  EXPECT_FALSE(lose(10 * Requester::kHolesMax));
  EXPECT_FALSE(requester.has_holes());
}

TEST_F(RetransmissionRequesterTest, KnowsWhatMayStillCome) {
  ASSERT_TRUE(lose(10, 3));
  const auto may_come = [&](std::uint64_t sequence) {
    return requester.any_hole([&](std::uint64_t first, std::uint64_t count) {
      return sequence >= first && sequence - first < count;
    });
  };
  EXPECT_FALSE(may_come(9));
  EXPECT_TRUE(may_come(10));
  EXPECT_TRUE(may_come(12));
  EXPECT_FALSE(may_come(13));
  static_cast<void>(times_asked(10 * kSecond));
  EXPECT_FALSE(may_come(10)) << "given up";
}

}  // namespace
}  // namespace penstock
