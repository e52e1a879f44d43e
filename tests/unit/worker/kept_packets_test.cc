#include "dataplane/worker/kept_packets.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace penstock {
namespace {

constexpr StreamHandle kStream{0, 1};
constexpr StreamHandle kOther{1, 1};
constexpr std::uint32_t kSource = 0x1110;

// One worker alone: it has reported as soon as it is asked.
struct NobodyElse {
  std::uint64_t start_grace_period() { return 1; }
  bool grace_period_ended(std::uint64_t) { return true; }
};

class KeptPacketsTest : public testing::Test {
 protected:
  // Returns where its bytes are.
  const std::uint8_t* keep(std::uint64_t sequence, StreamHandle stream = kStream,
                           std::uint32_t source = kSource, std::size_t bytes = 1'000) {
    NobodyElse grace;
    SlotRing& slots = *rings[1];
    slots.make_room(now, grace);
    auto* slot = new (slots.reserve(sizeof(Slot) + bytes)) Slot;
    slot->stream = stream;
    slot->sequence = sequence;
    slot->source = source;
    slot->arrival = now;
    kept.keep(*slot, {1, slots.position()}, rings);
    return slot->bytes();
  }

  // Where it is, or null.
  const std::uint8_t* find(std::uint64_t sequence, StreamHandle stream = kStream,
                           std::uint32_t source = kSource) const {
    MediaPacket packet;
    return kept.find(stream, {source, sequence}, rings, now, packet) ? packet.bytes : nullptr;
  }
  bool has(std::uint64_t sequence, StreamHandle stream = kStream,
           std::uint32_t source = kSource) const {
    return find(sequence, stream, source) != nullptr;
  }

  static SlotRings two_rings() {
    SlotRings made;
    for (int i = 0; i < 2; ++i)
      made.push_back(std::make_unique<SlotRing>(0, kHistoryAge, PoolMemory::heap()));
    return made;
  }
  const SlotRings rings = two_rings();
  KeptPackets kept{4, PoolMemory::heap()};
  Timestamp now = kSecond;
};

TEST_F(KeptPacketsTest, FindsWhatWasKept) {
  const std::uint8_t* slot = keep(100);
  EXPECT_EQ(find(100), slot);
  EXPECT_FALSE(has(101));
  EXPECT_FALSE(has(100, kOther));
  EXPECT_FALSE(has(100, kStream, kSource + 1));
  EXPECT_FALSE(has(100 + kHistoryPacketsPerStream));
  EXPECT_FALSE(has(100 + (1ULL << 16)));
  EXPECT_FALSE(has(100 + (1ULL << 32)));
  EXPECT_FALSE(has(100, StreamHandle(0, 3))) << "another stream with the same index";
  EXPECT_FALSE(has(100, StreamHandle(77, 1)));
}

TEST_F(KeptPacketsTest, StreamsDoNotMixUp) {
  const std::uint8_t* one = keep(100);
  const std::uint8_t* other = keep(100, kOther);
  EXPECT_EQ(find(100), one);
  EXPECT_EQ(find(100, kOther), other);
}

TEST_F(KeptPacketsTest, KeepsTheLastOfAStreamAcrossAWrapOfTheSequenceNumber) {
  const std::uint64_t first = 65'536 - 300;
  for (std::uint64_t i = 0; i < 700; ++i) keep(first + i);
  for (std::uint64_t i = 0; i < 700; ++i) {
    EXPECT_EQ(has(first + i), i >= 700 - kHistoryPacketsPerStream) << i;
  }
}

TEST_F(KeptPacketsTest, WhatIsOlderThanASecondIsNotThereAnyMore) {
  keep(1);
  now += kHistoryAge;
  keep(2);
  EXPECT_TRUE(has(1));
  now += 1;
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2));
}

TEST_F(KeptPacketsTest, WhatWasOverwrittenIsNotThereAnyMore) {
  const std::size_t fit = rings[1]->bytes() / 1'088;
  for (std::uint64_t i = 0; i < 3 * fit; ++i) keep(i, i % 2 == 0 ? kStream : kOther);
  EXPECT_TRUE(has(3 * fit / 2 * 2 - 2));
  EXPECT_FALSE(has(3 * fit / 2 * 2 - 2 * fit));
}

TEST_F(KeptPacketsTest, ASecondsWorthIsKeptHoweverItCame) {
  // 100 a second, and now and then a burst of 50.
  std::vector<std::pair<std::uint64_t, Timestamp>> known;
  std::uint64_t sequence = 0;
  for (int i = 0; i < 2'000; ++i) {
    for (int n = 0; n < (i % 170 == 0 ? 50 : 1); ++n) {
      keep(sequence);
      known.emplace_back(sequence++, now);
    }
    now += 10 * kMillisecond;
    for (const auto& [number, at] : known)
      ASSERT_EQ(find(number) != nullptr, now - at <= kHistoryAge) << i;
    std::erase_if(known, [&](const auto& one) { return now - one.second > 2 * kHistoryAge; });
  }
}

TEST_F(KeptPacketsTest, LatePacketsFindTheirPlaceAndDuplicatesTakeNone) {
  keep(100);
  keep(102);
  const std::uint8_t* late = keep(101);
  EXPECT_TRUE(has(100));
  EXPECT_TRUE(has(102));
  EXPECT_EQ(find(101), late);
  keep(101);
  EXPECT_EQ(find(101), late);
}

TEST_F(KeptPacketsTest, APacketThatIsOlderThanTheRingIsLongIsNotKept) {
  keep(100 + kHistoryPacketsPerStream);
  keep(100);
  EXPECT_FALSE(has(100));
  EXPECT_TRUE(has(100 + kHistoryPacketsPerStream));
}

TEST_F(KeptPacketsTest, NumbersThatJumpAreKeptOnceWhatTheyMeetIsOld) {
  keep(100);
  keep(100 + (3ULL << 14));
  EXPECT_FALSE(has(100 + (3ULL << 14))) << "looks like a late packet";
  now += kHistoryAge + 1;
  keep(100 + (3ULL << 14));
  EXPECT_TRUE(has(100 + (3ULL << 14)));
}

TEST_F(KeptPacketsTest, AnotherSourceOfTheStreamTakesTheOldOnesPlaces) {
  for (std::uint64_t i = 0; i < 100; ++i) keep(100'000 + i);
  const std::uint64_t first = 100'000 % kHistoryPacketsPerStream;
  for (std::uint64_t i = 0; i < 100; ++i) keep(first + i, kStream, kSource + kEncodingsMax);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(has(first + i, kStream, kSource + kEncodingsMax));
    EXPECT_FALSE(has(100'000 + i));
  }
}

TEST_F(KeptPacketsTest, FurtherEncodingsAreKeptBesideEachOther) {
  kept.make_room_for(kStream, 3);
  for (std::uint32_t encoding = 0; encoding < 3; ++encoding) keep(7, kStream, kSource + encoding);
  for (std::uint32_t encoding = 0; encoding < 3; ++encoding)
    EXPECT_TRUE(has(7, kStream, kSource + encoding));
}

TEST_F(KeptPacketsTest, OfAStreamThatHasOneEncodingNoOtherIsKept) {
  kept.make_room_for(kStream, 1);
  keep(7, kStream, kSource + 1);
  EXPECT_FALSE(has(7, kStream, kSource + 1));
}

// Four streams have room for two.
TEST_F(KeptPacketsTest, TheRoomOfFurtherEncodingsGoesToOthersWhenTheirStreamEnds) {
  for (std::uint32_t i = 0; i < 3; ++i) kept.make_room_for({i, 1}, 3);
  keep(7, {2, 1}, kSource + 1);
  EXPECT_FALSE(has(7, {2, 1}, kSource + 1)) << "there is none left";
  kept.end({0, 1});
  kept.make_room_for({2, 1}, 3);
  keep(8, {2, 1}, kSource + 1);
  EXPECT_TRUE(has(8, {2, 1}, kSource + 1));
}

TEST_F(KeptPacketsTest, ANewStreamWithTheIndexOfAnOldOneHasNothingOfIt) {
  keep(5);
  const StreamHandle next(0, 3);
  EXPECT_FALSE(has(5, next));
  keep(6, next);
  EXPECT_FALSE(has(5));
  EXPECT_FALSE(has(5, next));
  EXPECT_TRUE(has(6, next));
}

TEST(KeptPacketsWithoutRoom, KeepNothing) {
  KeptPackets kept(0, PoolMemory::heap());
  const SlotRings rings;
  Slot slot;
  slot.stream = kStream;
  kept.keep(slot, {0, 1}, rings);
  MediaPacket packet;
  EXPECT_FALSE(kept.find(kStream, {0, 0}, rings, 0, packet));
}

}  // namespace
}  // namespace penstock
