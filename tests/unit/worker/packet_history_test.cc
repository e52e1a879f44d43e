#include "dataplane/worker/packet_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr StreamHandle kStream{0, 1};
constexpr StreamHandle kOther{1, 1};
constexpr std::uint32_t kSource = 0x1111;
constexpr std::size_t kPayloadOffset = 54;

class PacketHistoryTest : public testing::Test {
 protected:
  PacketHistoryTest() {
    history.open(kStream);
    history.open(kOther);
  }

  // A frame whose bytes follow from its sequence number and stream.
  static std::vector<std::uint8_t> frame_of(std::uint64_t sequence, StreamHandle stream,
                                            std::size_t bytes) {
    Prng prng(sequence * 7 + stream.index());
    std::vector<std::uint8_t> frame(bytes);
    for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(prng.next_u32());
    return frame;
  }

  void keep(std::uint64_t sequence, StreamHandle stream = kStream, std::uint32_t source = kSource,
            std::uint16_t payload_bytes = 100) {
    PacketMetadata metadata;
    metadata.payload_offset = kPayloadOffset;
    metadata.payload_bytes = payload_bytes;
    metadata.source = source;
    metadata.sequence = sequence;
    auto frame = frame_of(sequence, stream, kPayloadOffset + payload_bytes);
    frame.resize(frame.size() + 63);
    history.keep(stream, metadata, frame.data(), now);
  }

  const KeptPacket* find(std::uint64_t sequence, StreamHandle stream = kStream,
                         std::uint32_t source = kSource) const {
    return history.find(stream, {source, sequence}, now);
  }
  // It is there, and what it should be.
  bool has(std::uint64_t sequence, StreamHandle stream = kStream,
           std::uint32_t source = kSource) const {
    const KeptPacket* packet = find(sequence, stream, source);
    if (packet == nullptr) return false;
    const PacketMetadata& metadata = packet->description.metadata;
    EXPECT_EQ(metadata.sequence, sequence);
    EXPECT_EQ(metadata.source, source);
    EXPECT_EQ(metadata.payload_offset, kPayloadOffset);
    const auto frame = frame_of(sequence, stream, kPayloadOffset + metadata.payload_bytes);
    EXPECT_TRUE(std::equal(frame.begin(), frame.end(), packet->frame.begin()));
    return true;
  }

  static constexpr std::size_t kPacketsMax = 1'000;
  PacketHistory history{kPacketsMax, 4};
  Timestamp now = kSecond;
};

TEST_F(PacketHistoryTest, FindsWhatWasKept) {
  keep(100);
  EXPECT_TRUE(has(100));
  EXPECT_FALSE(has(101));
  EXPECT_FALSE(has(100, kOther));
  EXPECT_FALSE(has(100, kStream, kSource + 1));
  EXPECT_FALSE(has(100 + kHistoryPacketsPerStream));
  EXPECT_FALSE(has(100 + (1ULL << 32)));
  EXPECT_FALSE(has(100, StreamHandle(0, 3))) << "another stream in the same slot";
  EXPECT_FALSE(has(100, StreamHandle(77, 1)));
}

TEST_F(PacketHistoryTest, PacketsOfAllSizesAreKeptWhole) {
  for (std::uint16_t bytes = 0; bytes + kPayloadOffset <= KeptPacket::kFrameBytesMax; ++bytes) {
    keep(1'000 + bytes, kStream, kSource, bytes);
    ASSERT_TRUE(has(1'000U + bytes)) << bytes;
    ASSERT_EQ(find(1'000U + bytes)->description.metadata.payload_bytes, bytes);
  }
}

TEST_F(PacketHistoryTest, WhatIsLongerThanADatagramIsNotKept) {
  keep(1, kStream, kSource, KeptPacket::kFrameBytesMax - kPayloadOffset + 1);
  EXPECT_FALSE(has(1));
}

TEST_F(PacketHistoryTest, StreamsDoNotMixUp) {
  keep(100);
  keep(100, kOther);
  EXPECT_TRUE(has(100));
  EXPECT_TRUE(has(100, kOther));
}

TEST_F(PacketHistoryTest, KeepsTheLastOfAStreamAcrossAWrapOfTheSequenceNumber) {
  const std::uint64_t first = 65'536 - 300;
  for (std::uint64_t i = 0; i < 700; ++i) keep(first + i);
  for (std::uint64_t i = 0; i < 700; ++i) {
    EXPECT_EQ(has(first + i), i >= 700 - kHistoryPacketsPerStream) << i;
  }
}

TEST_F(PacketHistoryTest, KeepsTheLastOfAStreamWhereTheLower32BitsWrap) {
  const std::uint64_t first = (1ULL << 32) - 300;
  for (std::uint64_t i = 0; i < 700; ++i) keep(first + i);
  for (std::uint64_t i = 700 - kHistoryPacketsPerStream; i < 700; ++i) EXPECT_TRUE(has(first + i));
}

TEST_F(PacketHistoryTest, IsOneQueueInWhichTheOldestOfAllStreamsIsOverwrittenFirst) {
  const StreamHandle third(2, 1);
  history.open(third);
  for (std::uint64_t i = 0; i < 400; ++i) keep(1'000 + i);
  for (std::uint64_t i = 0; i < 400; ++i) keep(5'000 + i, kOther);
  for (std::uint64_t i = 0; i < 300; ++i) keep(i, third);
  for (std::uint64_t i = 0; i < 400; ++i) EXPECT_EQ(has(1'000 + i), i >= 100);
  for (std::uint64_t i = 0; i < 400; ++i) EXPECT_TRUE(has(5'000 + i, kOther));
  for (std::uint64_t i = 0; i < 300; ++i) EXPECT_TRUE(has(i, third));
}

TEST_F(PacketHistoryTest, WhatIsOlderThanASecondIsNotThereAnyMore) {
  keep(1);
  now += kHistoryAge;
  keep(2);
  EXPECT_TRUE(has(1));
  now += 1;
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2));
}

TEST_F(PacketHistoryTest, ASecondsWorthIsKeptHoweverItCameAndNoMoreMemoryUsed) {
  // 100 a second, and now and then a burst of 50.
  std::vector<std::pair<std::uint64_t, Timestamp>> kept;
  std::uint64_t sequence = 0;
  std::set<const void*> used;
  for (int i = 0; i < 2'000; ++i) {
    for (int n = 0; n < (i % 170 == 0 ? 50 : 1); ++n) {
      keep(sequence);
      used.insert(find(sequence));
      kept.emplace_back(sequence++, now);
    }
    now += 10 * kMillisecond;
    for (const auto& [number, at] : kept)
      EXPECT_EQ(find(number) != nullptr, now - at <= kHistoryAge);
    std::erase_if(kept, [&](const auto& one) { return now - one.second > 2 * kHistoryAge; });
  }
  EXPECT_LE(used.size(), 450U);
}

TEST_F(PacketHistoryTest, LatePacketsFindTheirPlaceAndDuplicatesTakeNone) {
  keep(100);
  keep(102);
  keep(101);
  EXPECT_TRUE(has(100));
  EXPECT_TRUE(has(101));
  EXPECT_TRUE(has(102));
  const KeptPacket* const before = find(101);
  keep(101);
  EXPECT_EQ(find(101), before);
}

TEST_F(PacketHistoryTest, APacketThatIsOlderThanTheHistoryIsLongIsNotKept) {
  keep(100 + kHistoryPacketsPerStream);
  keep(100);
  EXPECT_FALSE(has(100));
  EXPECT_TRUE(has(100 + kHistoryPacketsPerStream));
}

TEST_F(PacketHistoryTest, AnotherSourceOfTheStreamTakesTheOldOnesPlaces) {
  for (std::uint64_t i = 0; i < 100; ++i) keep(100'000 + i);
  const std::uint64_t first = 100'000 % kHistoryPacketsPerStream;
  for (std::uint64_t i = 0; i < 100; ++i) keep(first + i, kStream, kSource + 1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(has(first + i, kStream, kSource + 1));
    EXPECT_FALSE(has(100'000 + i));
  }
}

TEST_F(PacketHistoryTest, ANewStreamInTheSlotOfAnOldOneHasNothingOfIt) {
  keep(5);
  const StreamHandle next(0, 3);
  history.open(next);
  EXPECT_FALSE(history.is_open(kStream));
  EXPECT_FALSE(has(5));
  EXPECT_FALSE(has(5, next));
  keep(5, next);
  EXPECT_TRUE(has(5, next));
}

TEST_F(PacketHistoryTest, OpeningTwiceKeepsWhatIsThere) {
  keep(7);
  history.open(kStream);
  EXPECT_TRUE(has(7));
}

TEST_F(PacketHistoryTest, PlacesInTheQueueAreUsedAgainForEver) {
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    keep(i * 3);  // with holes
    keep(i, kOther);
    ASSERT_TRUE(has(i * 3));
    ASSERT_TRUE(has(i, kOther));
    ASSERT_FALSE(has(i * 3 + 1));
    now += 50 * kMicrosecond;
  }
}

TEST(PacketHistoryWithoutRoom, KeepsNothing) {
  PacketHistory history(0, 4);
  history.open(kStream);
  EXPECT_FALSE(history.is_open(kStream));
  EXPECT_EQ(history.find(kStream, {kSource, 1}, 0), nullptr);
}

}  // namespace
}  // namespace penstock
