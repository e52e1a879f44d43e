#include "dataplane/pool/retire_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

void record(void* owner, std::uint64_t handle_bits) {
  static_cast<std::vector<std::uint64_t>*>(owner)->push_back(handle_bits);
}

TEST(RetireList, ReclaimsOnlyWhatHasHadItsGracePeriodInOrder) {
  RetireList list(8);
  std::vector<std::uint64_t> reclaimed;
  list.push(1, record, &reclaimed, 101, 10);
  list.push(2, record, &reclaimed, 102, 20);
  list.push(3, record, &reclaimed, 103, 30);
  const auto ended = [](std::uint64_t token) { return token <= 2; };
  EXPECT_EQ(list.reclaim_ready(ended, 100, 8), 2U);
  EXPECT_EQ(reclaimed, (std::vector<std::uint64_t>{101, 102}));
  EXPECT_EQ(list.oldest(), 30);
  EXPECT_EQ(list.longest_wait_ns(), 90);
}

TEST(RetireList, ReportsPressureFromHalfFull) {
  RetireList list(4);
  std::vector<std::uint64_t> reclaimed;
  list.push(1, record, &reclaimed, 1, 0);
  EXPECT_FALSE(list.is_under_pressure());
  list.push(1, record, &reclaimed, 2, 0);
  EXPECT_TRUE(list.is_under_pressure());
}

TEST(RetireList, RingWrapsWithoutLosingEntries) {
  RetireList list(2);
  std::vector<std::uint64_t> reclaimed;
  const auto always = [](std::uint64_t) { return true; };
  for (std::uint64_t i = 0; i < 10; ++i) {
    list.push(i, record, &reclaimed, i, 0);
    list.reclaim_ready(always, 0, 1);
  }
  EXPECT_EQ(reclaimed.size(), 10U);
  EXPECT_EQ(list.oldest(), kNever);
}

}  // namespace
}  // namespace penstock
