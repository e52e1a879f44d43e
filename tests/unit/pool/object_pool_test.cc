#include "dataplane/pool/object_pool.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

struct Counted {
  explicit Counted(int* destroyed_count) : destroyed(destroyed_count) {}
  ~Counted() { ++*destroyed; }
  int* destroyed;
};

TEST(ObjectPool, HandleResolvesToItsObjectUntilUnlinked) {
  int destroyed = 0;
  ObjectPool<Counted> pool(4);
  const auto handle = pool.allocate(&destroyed);
  ASSERT_NE(pool.resolve(handle), nullptr);
  EXPECT_TRUE(pool.unlink(handle));
  EXPECT_EQ(pool.resolve(handle), nullptr);
  EXPECT_EQ(destroyed, 0) << "the object must survive its grace period";
  EXPECT_FALSE(pool.unlink(handle));
}

TEST(ObjectPool, StaleHandleNeverResolvesToTheNextObjectInItsSlot) {
  int destroyed = 0;
  ObjectPool<Counted> pool(1);
  const auto first = pool.allocate(&destroyed);
  pool.unlink(first);
  pool.reclaim(first);
  EXPECT_EQ(destroyed, 1);
  const auto second = pool.allocate(&destroyed);
  EXPECT_EQ(first.index(), second.index());
  EXPECT_EQ(pool.resolve(first), nullptr);
  EXPECT_NE(pool.resolve(second), nullptr);
}

TEST(ObjectPool, FullPoolGivesTheNullHandleAndLosesNothing) {
  int destroyed = 0;
  ObjectPool<Counted> pool(2);
  const auto a = pool.allocate(&destroyed);
  const auto b = pool.allocate(&destroyed);
  EXPECT_TRUE(pool.allocate(&destroyed).is_null());
  EXPECT_NE(pool.resolve(a), nullptr);
  EXPECT_NE(pool.resolve(b), nullptr);
}

TEST(ObjectPool, CountsAreConservedThroughEveryStepOfALife) {
  int destroyed = 0;
  ObjectPool<Counted> pool(8);
  EXPECT_TRUE(pool.counts().is_conserved());
  const auto handle = pool.allocate(&destroyed);
  EXPECT_EQ(pool.counts().live, 1U);
  pool.unlink(handle);
  EXPECT_EQ(pool.counts().retired, 1U);
  EXPECT_TRUE(pool.counts().is_conserved());
  pool.reclaim(handle);
  EXPECT_EQ(pool.counts().free, 8U);
  EXPECT_TRUE(pool.counts().is_conserved());
}

}  // namespace
}  // namespace penstock
