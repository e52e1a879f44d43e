#include "dataplane/pool/retire_list.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/pool/control_retire_list.h"
#include "tests/support/conservation.h"

namespace penstock {
namespace {

class RetireListTest : public testing::Test {
 protected:
  void SetUp() override { test::allow_pools_in_use_at_end(); }

  Handle<int> retire(RetireList& list, RetireList::GraceToken token, Timestamp now) {
    const Handle<int> handle = pool.allocate(0);
    list.retire(pool, handle, [token] { return token; }, now);
    return handle;
  }

  ObjectPool<int> pool{"numbers", 8};
};

TEST_F(RetireListTest, ReclaimsOnlyWhatHasHadItsGracePeriodInOrder) {
  RetireList list(8);
  const auto first = retire(list, 1, 10);
  const auto second = retire(list, 2, 20);
  const auto third = retire(list, 3, 30);
  const auto ended = [](std::uint64_t token) { return token <= 2; };
  EXPECT_EQ(list.reclaim_ready(ended, 100, 8), 2U);
  EXPECT_EQ(pool.retired(first), nullptr);
  EXPECT_EQ(pool.retired(second), nullptr);
  EXPECT_NE(pool.retired(third), nullptr);
  EXPECT_EQ(list.oldest(), 30);
  EXPECT_EQ(list.waits().max(), 90);
  EXPECT_EQ(list.waits().count(), 2U);
}

TEST_F(RetireListTest, ObjectIsUnlinkedBeforeItsGracePeriodBegins) {
  RetireList list(8);
  const Handle<int> handle = pool.allocate(7);
  bool was_resolvable = true;
  list.retire(
      pool, handle,
      [&] {
        was_resolvable = pool.resolve(handle) != nullptr;
        return RetireList::GraceToken{1};
      },
      0);
  EXPECT_FALSE(was_resolvable);
}

TEST_F(RetireListTest, RetiringAStaleHandleDoesNothing) {
  RetireList list(8);
  const auto handle = retire(list, 1, 0);
  EXPECT_FALSE(list.retire(pool, handle, [] { return RetireList::GraceToken{1}; }, 0));
  EXPECT_EQ(list.size(), 1U);
}

TEST_F(RetireListTest, ReportsPressureFromHalfFull) {
  RetireList list(4);
  retire(list, 1, 0);
  EXPECT_FALSE(list.is_under_pressure());
  retire(list, 1, 0);
  EXPECT_TRUE(list.is_under_pressure());
}

TEST_F(RetireListTest, RingWrapsWithoutLosingEntries) {
  RetireList list(2);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    retire(list, i, 0);
    EXPECT_EQ(list.reclaim_ready([](std::uint64_t) { return true; }, 0, 1), 1U);
  }
  EXPECT_EQ(pool.counts().free, 8U);
  EXPECT_EQ(list.oldest(), kNever);
}

TEST_F(RetireListTest, WhatACallDestroysStaysUntilTheCallEnds) {
  ControlRetireList list(8);
  const Handle<int> handle = pool.allocate(7);
  EXPECT_TRUE(list.retire(pool, handle, 10));
  EXPECT_EQ(pool.resolve(handle), nullptr);
  ASSERT_NE(pool.retired(handle), nullptr);
  EXPECT_EQ(*pool.retired(handle), 7);
  EXPECT_EQ(list.end_of_call(20), 1U);
  EXPECT_EQ(pool.retired(handle), nullptr);
  EXPECT_EQ(pool.counts().free, 8U);
}

}  // namespace
}  // namespace penstock
