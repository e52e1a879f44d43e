#include "dataplane/forward/packet_history.h"

#include <gtest/gtest.h>

#include <list>

namespace penstock {
namespace {

constexpr StreamHandle kStream{0, 1};
constexpr StreamHandle kOther{1, 1};
constexpr std::uint32_t kSsrc = 0x1111;

struct TestPacket {
  bool is_released = false;
};

class PacketHistoryTest : public testing::Test {
 protected:
  auto release() {
    return [this](TestPacket* packet) {
      EXPECT_FALSE(packet->is_released);
      packet->is_released = true;
      ++released;
    };
  }

  PacketHistoryTest() {
    history.open(kStream, release());
    history.open(kOther, release());
  }
  // Whatever happened: what is released was so once, and what is not is still there.
  ~PacketHistoryTest() override {
    EXPECT_EQ(packets.size() - released, history.size());
    history.clear(release());
    EXPECT_EQ(packets.size(), released);
    EXPECT_EQ(history.size(), 0U);
  }

  TestPacket* keep(std::uint64_t sequence, StreamHandle stream = kStream,
                   std::uint32_t ssrc = kSsrc) {
    TestPacket* packet = &packets.emplace_back();
    history.keep(packet, {.stream = stream, .ssrc = ssrc, .sequence = sequence, .kept_at = now},
                 release());
    return packet;
  }
  TestPacket* find(std::uint64_t sequence, StreamHandle stream = kStream,
                   std::uint32_t ssrc = kSsrc) const {
    return history.find(stream, ssrc, sequence);
  }

  static constexpr std::size_t kPacketsMax = 1'000;
  PacketHistory<TestPacket> history{kPacketsMax, 4};
  std::list<TestPacket> packets;
  std::size_t released = 0;
  Timestamp now = kSecond;
};

TEST_F(PacketHistoryTest, FindsWhatWasKept) {
  TestPacket* const packet = keep(100);
  EXPECT_EQ(find(100), packet);
  EXPECT_EQ(find(101), nullptr);
  EXPECT_EQ(find(100, kOther), nullptr);
  EXPECT_EQ(find(100, kStream, kSsrc + 1), nullptr);
  EXPECT_EQ(find(100, StreamHandle(0, 3)), nullptr) << "another stream in the same slot";
  EXPECT_EQ(find(100, StreamHandle(77, 1)), nullptr);
}

TEST_F(PacketHistoryTest, StreamsDoNotMixUp) {
  TestPacket* const ours = keep(100);
  TestPacket* const others = keep(100, kOther);
  EXPECT_EQ(find(100), ours);
  EXPECT_EQ(find(100, kOther), others);
}

TEST_F(PacketHistoryTest, KeepsTheLastOfAStreamAcrossAWrapOfTheSequenceNumber) {
  const std::uint64_t first = 65'536 - 300;
  for (std::uint64_t i = 0; i < 700; ++i) keep(first + i);
  EXPECT_EQ(history.size(), kHistoryPacketsPerStream);
  for (std::uint64_t i = 0; i < 700; ++i) {
    EXPECT_EQ(find(first + i) != nullptr, i >= 700 - kHistoryPacketsPerStream) << i;
  }
}

TEST_F(PacketHistoryTest, IsOneQueueInWhichTheOldestOfAllStreamsGoesFirst) {
  for (std::uint64_t i = 0; i < 400; ++i) keep(i + 1'000);
  for (std::uint64_t i = 0; i < 400; ++i) keep(i + 5'000, kOther);
  history.open(StreamHandle(2, 1), release());
  for (std::uint64_t i = 0; i < 300; ++i) keep(i, StreamHandle(2, 1));
  EXPECT_EQ(history.size(), kPacketsMax);
  EXPECT_EQ(find(1'099), nullptr);
  EXPECT_NE(find(1'100), nullptr);
  EXPECT_NE(find(5'000, kOther), nullptr);
}

TEST_F(PacketHistoryTest, WhatIsOlderThanASecondGoesWhenNewOnesCome) {
  keep(1);
  keep(2);
  now += kHistoryAge;
  keep(3);
  EXPECT_NE(find(1), nullptr) << "not older yet";
  now += 1;
  keep(4);
  EXPECT_EQ(find(1), nullptr);
  EXPECT_EQ(find(2), nullptr);
  EXPECT_NE(find(3), nullptr);
}

TEST_F(PacketHistoryTest, WhatIsOlderThanASecondGoesWhenNobodySends) {
  for (std::uint64_t i = 0; i < 10; ++i) keep(i);
  history.expire(now + kHistoryAge, 100, release());
  EXPECT_EQ(history.size(), 10U);
  history.expire(now + kHistoryAge + 1, 4, release());
  EXPECT_EQ(history.size(), 6U) << "no more than it was told";
  history.expire(now + kHistoryAge + 1, 100, release());
  EXPECT_EQ(history.size(), 0U);
}

TEST_F(PacketHistoryTest, LatePacketsFindTheirPlaceAndDuplicatesDoNot) {
  keep(100);
  keep(102);
  TestPacket* const late = keep(101);
  EXPECT_EQ(find(101), late);
  TestPacket* const again = keep(101);
  EXPECT_EQ(find(101), late);
  EXPECT_TRUE(again->is_released);
}

TEST_F(PacketHistoryTest, APacketThatIsOlderThanTheHistoryIsLongIsNotKept) {
  keep(100 + kHistoryPacketsPerStream);
  TestPacket* const old = keep(100);
  EXPECT_TRUE(old->is_released);
  EXPECT_NE(find(100 + kHistoryPacketsPerStream), nullptr);
}

TEST_F(PacketHistoryTest, AnotherSourceOfTheStreamTakesTheOldOnesPlaces) {
  for (std::uint64_t i = 0; i < 100; ++i) keep(100'000 + i);
  const std::uint64_t first = 100'000 % kHistoryPacketsPerStream;
  for (std::uint64_t i = 0; i < 100; ++i) keep(first + i, kStream, kSsrc + 1);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_NE(find(first + i, kStream, kSsrc + 1), nullptr);
  EXPECT_EQ(history.size(), 100U);
}

TEST_F(PacketHistoryTest, AStreamsEndGivesAllOfItsPacketsBackAndNobodyElses) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    keep(i);
    keep(i, kOther);
  }
  history.close(kStream, release());
  EXPECT_EQ(history.size(), 300U);
  EXPECT_FALSE(history.is_open(kStream));
  EXPECT_EQ(find(299), nullptr);
  EXPECT_NE(find(299, kOther), nullptr);
  history.close(kStream, release());
  EXPECT_EQ(history.opened(), std::vector<StreamHandle>{kOther});
}

TEST_F(PacketHistoryTest, ANewStreamInTheSlotOfAnOldOneLetsTheOldOnesPacketsGo) {
  for (std::uint64_t i = 0; i < 100; ++i) keep(i);
  const StreamHandle next(0, 3);
  history.open(next, release());
  EXPECT_EQ(history.size(), 0U);
  EXPECT_FALSE(history.is_open(kStream));
  TestPacket* const packet = keep(5, next);
  EXPECT_EQ(find(5, next), packet);
  EXPECT_EQ(history.opened().size(), 2U);
}

TEST_F(PacketHistoryTest, OpeningTwiceKeepsWhatIsThere) {
  TestPacket* const packet = keep(7);
  history.open(kStream, release());
  EXPECT_EQ(find(7), packet);
  EXPECT_EQ(history.opened().size(), 2U);
}

TEST_F(PacketHistoryTest, GivesTheOldestBackWhenPacketsAreShort) {
  for (std::uint64_t i = 0; i < 100; ++i) keep(i);
  history.shrink(30, release());
  EXPECT_EQ(find(29), nullptr);
  EXPECT_NE(find(30), nullptr);
}

TEST_F(PacketHistoryTest, PlacesInTheQueueAreUsedAgainForEver) {
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    keep(i * 3);  // with holes
    keep(i, kOther);
    ASSERT_LE(history.size(), kPacketsMax);
    ASSERT_NE(find(i * 3), nullptr);
    ASSERT_NE(find(i, kOther), nullptr);
  }
}

TEST(PacketHistoryWithoutRoom, KeepsNothing) {
  PacketHistory<TestPacket> history(0, 4);
  history.open(kStream, [](TestPacket*) {});
  EXPECT_FALSE(history.is_open(kStream));
  EXPECT_EQ(history.find(kStream, kSsrc, 1), nullptr);
  history.expire(kSecond, 10, [](TestPacket*) {});
}

}  // namespace
}  // namespace penstock
