#include "dataplane/forward/reception.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr std::uint32_t kSsrc = 0x1111;
constexpr std::uint64_t kFirst = 1'000;

class ReceptionTest : public testing::Test {
 protected:
  ReceptionTest() { EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kNone); }

  std::expected<std::uint64_t, DropReason> take(std::uint64_t sequence, bool is_empty = false) {
    return reception.take({.sequence = sequence,
                           .rtp_timestamp = static_cast<std::uint32_t>(sequence * 3'000),
                           .arrival = now,
                           .is_retransmission = false,
                           .is_left_out = is_empty});
  }
  std::expected<std::uint64_t, DropReason> take_rtx(std::uint64_t sequence) {
    return reception.take({.sequence = sequence,
                           .rtp_timestamp = static_cast<std::uint32_t>(sequence * 3'000),
                           .arrival = now,
                           .is_retransmission = true,
                           .is_left_out = false});
  }
  std::vector<std::uint16_t> missing() {
    std::vector<std::uint16_t> numbers;
    reception.take_missing(now, [&](std::uint16_t number) { numbers.push_back(number); });
    return numbers;
  }

  Reception reception{Codec::kVp8, true};
  Timestamp now = kSecond;
};

using Numbers = std::vector<std::uint16_t>;

TEST_F(ReceptionTest, EveryPacketIsTakenOnceAsItselfOrAsARetransmission) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(take(kFirst + 2), kFirst + 2);
  EXPECT_EQ(take_rtx(kFirst + 1), kFirst + 1);
  EXPECT_EQ(take(kFirst + 1).error(), DropReason::kRtpDuplicate) << "the original was only late";
  EXPECT_EQ(take_rtx(kFirst + 2).error(), DropReason::kRtpDuplicate);
  EXPECT_EQ(take(kFirst).error(), DropReason::kRtpDuplicate);
  EXPECT_EQ(take_rtx(kFirst + 3), kFirst + 3) << "ahead of everything: as good as the original";
  EXPECT_EQ(take(kFirst + 3).error(), DropReason::kRtpDuplicate);
}

TEST_F(ReceptionTest, WhatIsOlderThanTheWindowIsNotTaken) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(take(kFirst + 5'000), kFirst + 5'000);
  EXPECT_EQ(take(kFirst + 1).error(), DropReason::kSequenceTooOld);
}

TEST_F(ReceptionTest, RetransmissionsDoNotCountInTheStatistics) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    if (i != 5) {
      EXPECT_TRUE(take(kFirst + i).has_value());
    }
    now += 33 * kMillisecond;
  }
  now += kSecond;
  const std::uint32_t jitter = reception.stats.jitter();
  EXPECT_TRUE(take_rtx(kFirst + 5).has_value());
  EXPECT_EQ(reception.stats.jitter(), jitter);
  EXPECT_EQ(reception.stats.lost(), 1) << "the path did lose it";
}

TEST_F(ReceptionTest, AsksForWhatIsMissingUntilItComes) {
  EXPECT_TRUE(take(kFirst).has_value());
  EXPECT_FALSE(reception.has_missing());
  EXPECT_TRUE(take(kFirst + 3).has_value());
  EXPECT_TRUE(reception.has_missing());
  now += 10 * kMillisecond;
  EXPECT_EQ(missing(), (Numbers{kFirst + 1, kFirst + 2}));
  EXPECT_TRUE(take_rtx(kFirst + 1).has_value());
  now += 100 * kMillisecond;
  EXPECT_EQ(missing(), (Numbers{kFirst + 2}));
  EXPECT_EQ(reception.round_trip_ns(), 0) << "it came at once";
}

TEST_F(ReceptionTest, NumbersAreAskedForAcrossAWrap) {
  EXPECT_TRUE(take(65'534).has_value());
  EXPECT_TRUE(take(65'538).has_value());
  now += 10 * kMillisecond;
  EXPECT_EQ(missing(), (Numbers{65'535, 0, 1}));
}

TEST_F(ReceptionTest, WhoDoesNotUnderstandNackIsNotAsked) {
  Reception other{Codec::kVp8, false};
  EXPECT_EQ(other.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_TRUE(other.take({.sequence = 1, .arrival = now}).has_value());
  EXPECT_TRUE(other.take({.sequence = 9, .arrival = now}).has_value());
  EXPECT_FALSE(other.has_missing());
  EXPECT_TRUE(other.is_lost_for_good(5)) << "only a keyframe helps";
}

TEST_F(ReceptionTest, MoreMissingThanCanBeAskedForTakesAKeyframe) {
  EXPECT_TRUE(take(kFirst).has_value());
  EXPECT_FALSE(reception.keyframes.poll(now, kKeyframeRequestInterval));
  EXPECT_TRUE(take(kFirst + 1'100).has_value());
  EXPECT_FALSE(reception.has_missing());
  EXPECT_TRUE(reception.keyframes.poll(now, kKeyframeRequestInterval));
  Reception audio{Codec::kOpus, true};
  EXPECT_EQ(audio.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_TRUE(audio.take({.sequence = 1, .arrival = now}).has_value());
  EXPECT_TRUE(audio.take({.sequence = 5'000, .arrival = now}).has_value());
  EXPECT_FALSE(audio.keyframes.poll(now, kKeyframeRequestInterval)) << "audio has none";
}

TEST_F(ReceptionTest, PaddingIsLeftOutAndTheNumbersCloseUp) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(take(kFirst + 1, true).error(), DropReason::kRtpPadding);
  EXPECT_EQ(take(kFirst + 2, true).error(), DropReason::kRtpPadding);
  EXPECT_EQ(take(kFirst + 3), kFirst + 1);
  EXPECT_FALSE(reception.has_missing());
  EXPECT_EQ(reception.stats.received(), 4U) << "the sender counts it";
}

TEST_F(ReceptionTest, PaddingThatComesLateGoesOnEmpty) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(take(kFirst + 2), kFirst + 2);
  EXPECT_EQ(take(kFirst + 1, true), kFirst + 1) << "receivers have a hole there";
  EXPECT_EQ(take(kFirst + 3), kFirst + 3);
}

TEST_F(ReceptionTest, AnotherSsrcIsAnotherSource) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(take(kFirst + 3), kFirst + 3);
  const std::uint32_t before = reception.source();
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
  EXPECT_EQ(reception.ssrc(), kSsrc + 1);
  EXPECT_NE(reception.source(), before);
  EXPECT_EQ(take(5), 5U) << "its numbers have nothing to do with the old ones";
  now += kSecond;
  EXPECT_TRUE(missing().empty());
  EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_NE(reception.source(), before) << "when it comes back it is a new one";
}

TEST_F(ReceptionTest, ALatePacketOfTheSsrcBeforeChangesNothing) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
  EXPECT_EQ(take(5), 5U);
  const std::uint32_t source = reception.source();
  for (int i = 0; i < 20; ++i) {
    now += 100 * kMillisecond;
    EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kSourceReplaced);
    EXPECT_EQ(reception.source(), source);
    EXPECT_EQ(reception.ssrc(), kSsrc + 1);
    EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
    EXPECT_EQ(take(6 + static_cast<std::uint64_t>(i)), 6U + static_cast<unsigned>(i));
  }
}

TEST_F(ReceptionTest, AnSsrcIsASourceAgainWhenTheOneAfterItIsSilent) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
  EXPECT_EQ(take(5), 5U);
  now += Reception::kSourceSilence - 1;
  EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kSourceReplaced);
  now += 1;
  EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_EQ(reception.ssrc(), kSsrc);
  EXPECT_EQ(take(kFirst + 50), kFirst + 50);
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kSourceReplaced);
}

TEST_F(ReceptionTest, AnSsrcThatARenegotiationNamesAgainIsASourceAtOnce) {
  EXPECT_EQ(take(kFirst), kFirst);
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
  EXPECT_EQ(take(5), 5U);
  const std::uint32_t named[] = {kSsrc};
  reception.update(Codec::kVp8, true, named);
  EXPECT_EQ(reception.ssrc(), kSsrc + 1) << "until something comes of it";
  EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_EQ(reception.ssrc(), kSsrc);
}

TEST_F(ReceptionTest, AnotherCodecBeginsASourceEvenWithTheSameSsrc) {
  EXPECT_EQ(take(kFirst), kFirst);
  const std::uint32_t before = reception.source();
  reception.update(Codec::kVp8, false, {});
  EXPECT_EQ(reception.source(), before);
  reception.update(Codec::kH264, true, {});
  EXPECT_NE(reception.source(), before);
  EXPECT_EQ(reception.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_EQ(take(kFirst + 1), kFirst + 1);
  EXPECT_EQ(reception.source(), before + 1);
}

TEST_F(ReceptionTest, TheNextSourceIsAskedForAKeyframeAtOnce) {
  EXPECT_TRUE(reception.keyframes.request(now, kKeyframeRequestInterval));
  EXPECT_FALSE(reception.keyframes.request(now, kKeyframeRequestInterval))
      << "not twice in the interval";
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, false, now), DropReason::kNone);
  EXPECT_TRUE(reception.keyframes.request(now, kKeyframeRequestInterval));
}

TEST_F(ReceptionTest, RetransmissionsOfAnotherSourceAreRefused) {
  EXPECT_EQ(reception.take_ssrc(kSsrc, true, now), DropReason::kNone);
  EXPECT_EQ(reception.take_ssrc(kSsrc + 1, true, now), DropReason::kRtxOfOtherSource);
  EXPECT_EQ(reception.ssrc(), kSsrc);
}

TEST_F(ReceptionTest, ARetransmissionMayBeTheFirstOfAll) {
  Reception fresh{Codec::kVp8, true};
  EXPECT_EQ(fresh.take_ssrc(0, true, now), DropReason::kNone) << "it does not say what it repairs";
  const std::uint32_t source = fresh.source();
  EXPECT_EQ(fresh.extend(20), 20U);
  EXPECT_EQ(fresh.take({.sequence = 20, .arrival = now, .is_retransmission = true}), 20U);
  EXPECT_EQ(fresh.ssrc(), 0U);
  EXPECT_EQ(fresh.take_ssrc(kSsrc, false, now), DropReason::kNone);
  EXPECT_EQ(fresh.source(), source) << "the media it belongs to";
  EXPECT_EQ(fresh.ssrc(), kSsrc);
  EXPECT_EQ(fresh.take({.sequence = 21, .arrival = now}), 21U);
  EXPECT_EQ(fresh.take({.sequence = 20, .arrival = now}).error(), DropReason::kRtpDuplicate);
}

TEST_F(ReceptionTest, ExtendsNumbersAroundTheNewest) {
  EXPECT_TRUE(take(2 * 65'536 + 5).has_value());
  EXPECT_EQ(reception.extend(6), 2 * 65'536U + 6);
  EXPECT_EQ(reception.extend(65'530), 2 * 65'536U - 6);
  EXPECT_EQ(reception.extend(30'000).error(), DropReason::kSequenceTooOld);
  EXPECT_EQ(reception.extend(2'000).error(), DropReason::kSequenceTooOld) << "nobody is that late";
}

TEST_F(ReceptionTest, NothingIsBeforeTheFirstNumberOfAll) {
  EXPECT_TRUE(take(5).has_value());
  EXPECT_EQ(reception.extend(65'530).error(), DropReason::kSequenceTooOld);
}

TEST_F(ReceptionTest, WhatMayStillComeIsNotLost) {
  EXPECT_TRUE(take(kFirst).has_value());
  EXPECT_TRUE(take(kFirst + 2).has_value());
  EXPECT_FALSE(reception.is_lost_for_good(kFirst + 1));
  for (int i = 0; i < 10'000; ++i) {
    now += kMillisecond;
    static_cast<void>(missing());
  }
  EXPECT_TRUE(reception.is_lost_for_good(kFirst + 1)) << "given up";
  EXPECT_TRUE(reception.is_lost_for_good(kFirst)) << "here, but not kept";
}

TEST_F(ReceptionTest, WhatAKeyframeMadeSuperfluousIsNotLost) {
  EXPECT_TRUE(take(kFirst).has_value());
  EXPECT_EQ(take(kFirst + 1, true).error(), DropReason::kRtpPadding);
  EXPECT_EQ(take(kFirst + 3), kFirst + 2);
  reception.on_keyframe(kFirst + 3, kFirst + 2);
  EXPECT_FALSE(reception.has_missing());
  EXPECT_FALSE(reception.is_lost_for_good(kFirst + 1));
  EXPECT_TRUE(reception.is_lost_for_good(kFirst + 2)) << "the keyframe itself";
}

TEST_F(ReceptionTest, HolesAreFoundUnderTheNumbersThatReceiversKnow) {
  EXPECT_TRUE(take(kFirst).has_value());
  for (std::uint64_t i = 1; i <= 10; ++i) static_cast<void>(take(kFirst + i, true));
  EXPECT_EQ(take(kFirst + 12), kFirst + 2);
  EXPECT_FALSE(reception.is_lost_for_good(kFirst + 1));
  EXPECT_TRUE(reception.is_lost_for_good(kFirst + 2));
}

// Whatever comes, in whatever order, as itself, as RTX, twice, padded, of other SSRCs in between:
// no number of a source is given twice, and what is in order stays in order.
TEST(ReceptionProperty, NoNumberIsGivenTwice) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    Reception reception{Codec::kVp8, true};
    std::set<std::pair<std::uint32_t, std::uint64_t>> given;                  // source, number
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> places;  // sequence -> number
    std::uint32_t ssrc = kSsrc;
    std::uint64_t newest = 70'000;
    Timestamp now = 0;
    for (int i = 0; i < 5'000; ++i) {
      now += static_cast<Duration>(prng.below(10)) * kMillisecond;
      if (prng.chance(1, 500)) ssrc = kSsrc + static_cast<std::uint32_t>(prng.below(3));
      if (prng.chance(1, 300)) newest += prng.below(3'000);
      const bool is_late = prng.chance(1, 3);
      const std::uint64_t sequence =
          is_late ? newest - prng.below(1'200) : newest += 1 + prng.below(2);
      const bool is_rtx = is_late && prng.chance(1, 2);
      const DropReason reason = reception.take_ssrc(ssrc, is_rtx, now);
      if (reason == DropReason::kSourceReplaced) continue;
      ASSERT_TRUE(reason == DropReason::kNone || is_rtx);
      const auto number = reception.take({.sequence = sequence,
                                          .rtp_timestamp = 0,
                                          .arrival = now,
                                          .is_retransmission = is_rtx,
                                          .is_left_out = prng.chance(1, 4)});
      reception.take_missing(now, [](std::uint16_t) {});
      if (!number) continue;
      const std::uint32_t source = reception.source();
      ASSERT_TRUE(given.emplace(source, *number).second) << "seed " << seed;
      const auto place = places.emplace(std::pair(source, sequence), *number).first;
      if (place != places.begin() && std::prev(place)->first.first == source) {
        ASSERT_LT(std::prev(place)->second, *number) << "seed " << seed;
      }
      if (const auto next = std::next(place); next != places.end() && next->first.first == source) {
        ASSERT_GT(next->second, *number) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace penstock
