#include "dataplane/cc/send_history.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(SendHistoryTest, NumbersAreGivenInTurnAndCountedOn) {
  SendHistory history;
  for (int i = 0; i < 70'000; ++i)
    EXPECT_EQ(history.add(kSecond, 100, 0), static_cast<std::uint16_t>(i));
  EXPECT_EQ(history.next(), 70'000U);
  EXPECT_EQ(history.extend(static_cast<std::uint16_t>(69'999)), 69'999U);
  EXPECT_EQ(history.extend(65'535), 65'535U);
  EXPECT_EQ(history.extend(static_cast<std::uint16_t>(70'000)), 70'000U - 65'536U);
}

TEST(SendHistoryTest, TheNewestAreKept) {
  SendHistory history;
  EXPECT_EQ(history.find(0), nullptr);
  for (std::size_t i = 0; i < SendHistory::kPackets + 1; ++i) history.add(kSecond, i, 3);
  EXPECT_EQ(history.find(0), nullptr);
  ASSERT_NE(history.find(1), nullptr);
  EXPECT_EQ(history.find(1)->bytes, 1);
  EXPECT_EQ(history.find(1)->probe, 3);
  EXPECT_NE(history.find(SendHistory::kPackets), nullptr);
  EXPECT_EQ(history.find(SendHistory::kPackets + 1), nullptr);
}

TEST(SendHistoryTest, TimesAreKnownAcrossTheirWrap) {
  SendHistory history;
  const Timestamp wrap = (Timestamp{1} << 32) * kMicrosecond;
  history.add(wrap - 5 * kMillisecond, 100, 0);
  EXPECT_EQ(SendHistory::sent_at(*history.find(0), wrap + 20 * kMillisecond),
            wrap - 5 * kMillisecond);
}

TEST(SendHistoryTest, OfATransportThatIsNotSentToNothingIsKept) {
  BlockPool pool(64, 1, PoolMemory::heap());
  MemoryBlock block(pool);
  SendHistory history(false, block);
  EXPECT_EQ(SendHistory::bytes(false), 0U);
  EXPECT_FALSE(history.is_used());
  EXPECT_EQ(history.find(0), nullptr);
}

}  // namespace
}  // namespace penstock
