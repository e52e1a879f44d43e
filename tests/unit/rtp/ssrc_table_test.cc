#include "dataplane/rtp/ssrc_table.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(SsrcTable, KeepsAValueForEachSsrc) {
  SsrcTable<int> table(3);
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_EQ(*table.add(7, 70), 70);
  EXPECT_EQ(*table.find_or_add(8), 0);
  *table.find_or_add(8) = 80;
  EXPECT_EQ(*table.find(7), 70);
  EXPECT_EQ(*table.find(8), 80);
  EXPECT_EQ(table.size(), 2U);
}

TEST(SsrcTable, TakesNoMoreThanItWasMadeFor) {
  SsrcTable<int> table(2);
  table.add(1, 10);
  table.add(2, 20);
  EXPECT_TRUE(table.full());
  EXPECT_EQ(table.add(3, 30), nullptr);
  EXPECT_EQ(table.find_or_add(3), nullptr);
  EXPECT_EQ(*table.find_or_add(2), 20);
  EXPECT_TRUE(SsrcTable<int>(0).full());
}

TEST(SsrcTable, ForgetsWhatIsAskedForAndKeepsTheRestTogether) {
  SsrcTable<int> table(4);
  for (std::uint32_t ssrc = 1; ssrc <= 4; ++ssrc) table.add(ssrc, static_cast<int>(ssrc));
  table.erase_if([](std::uint32_t, int value) { return value % 2 == 1; });
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.find(1), nullptr);
  EXPECT_EQ(*table.find(2), 2);
  EXPECT_EQ(*table.find(4), 4);
  table.clear();
  EXPECT_EQ(table.find(2), nullptr);
}

}  // namespace
}  // namespace penstock
