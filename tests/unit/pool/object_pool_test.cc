#include "dataplane/pool/object_pool.h"

#include <gtest/gtest.h>

#include "tests/support/conservation.h"

namespace penstock {
namespace {

struct Counted {
  explicit Counted(int* destroyed_count) : destroyed(destroyed_count) {}
  ~Counted() { ++*destroyed; }
  int* destroyed;
};

class ObjectPoolTest : public ::testing::Test {
 protected:
  void SetUp() override { test::allow_pools_in_use_at_end(); }
};
using ObjectPoolDeathTest = ObjectPoolTest;

TEST_F(ObjectPoolTest, HandleResolvesToItsObjectUntilUnlinked) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 4);
  const auto handle = pool.allocate(&destroyed);
  ASSERT_NE(pool.resolve(handle), nullptr);
  EXPECT_TRUE(pool.unlink(handle));
  EXPECT_EQ(pool.resolve(handle), nullptr);
  EXPECT_EQ(destroyed, 0) << "the object must survive its grace period";
  EXPECT_FALSE(pool.unlink(handle));
}

TEST_F(ObjectPoolTest, StaleHandleNeverResolvesToTheNextObjectInItsSlot) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 1);
  const auto first = pool.allocate(&destroyed);
  pool.unlink(first);
  pool.reclaim(first);
  EXPECT_EQ(destroyed, 1);
  const auto second = pool.allocate(&destroyed);
  EXPECT_EQ(first.index(), second.index());
  EXPECT_EQ(pool.resolve(first), nullptr);
  EXPECT_NE(pool.resolve(second), nullptr);
}

TEST_F(ObjectPoolTest, FullPoolGivesTheNullHandleAndLosesNothing) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 2);
  const auto a = pool.allocate(&destroyed);
  const auto b = pool.allocate(&destroyed);
  EXPECT_TRUE(pool.allocate(&destroyed).is_null());
  EXPECT_NE(pool.resolve(a), nullptr);
  EXPECT_NE(pool.resolve(b), nullptr);
}

TEST_F(ObjectPoolTest, CountsAreConservedThroughEveryStepOfALife) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 8);
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

TEST_F(ObjectPoolTest, ConstructorThatThrowsLeavesTheSlotFree) {
  struct Thrower {
    explicit Thrower(bool throws) {
      if (throws) throw std::bad_alloc();
    }
  };
  ObjectPool<Thrower> pool("throwers", 1);
  EXPECT_THROW(static_cast<void>(pool.allocate(true)), std::bad_alloc);
  EXPECT_EQ(pool.counts().free, 1U);
  EXPECT_FALSE(pool.allocate(false).is_null());
}

#ifdef NDEBUG
TEST_F(ObjectPoolTest, FreeingTwiceIsRefusedAndCounted) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 2);
  const auto handle = pool.allocate(&destroyed);
  pool.unlink(handle);
  pool.reclaim(handle);
  pool.reclaim(handle);
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(pool.refused(), 1U);
  EXPECT_TRUE(pool.counts().is_conserved());
}
#else
TEST_F(ObjectPoolDeathTest, FreeingTwiceEndsADebugBuild) {
  int destroyed = 0;
  ObjectPool<Counted> pool("counted", 2);
  const auto handle = pool.allocate(&destroyed);
  pool.unlink(handle);
  pool.reclaim(handle);
  EXPECT_DEATH(pool.reclaim(handle), "object != nullptr");
}

TEST_F(ObjectPoolDeathTest, WritingToAFreedObjectIsFound) {
  ObjectPool<int> pool("numbers", 1);
  const auto handle = pool.allocate(1);
  int* const object = pool.resolve(handle);
  pool.unlink(handle);
  pool.reclaim(handle);
  // AddressSanitizer finds the write itself, the pattern finds it at the slot's next use.
  EXPECT_DEATH(
      {
        *object = 2;
        static_cast<void>(pool.allocate(3));
      },
      "kFreePattern|use-after-poison");
}
#endif

// The compiler must not see that the write is out of bounds.
[[gnu::noinline]] void write_past(volatile std::uint64_t* object) { object[1] = 0; }

TEST_F(ObjectPoolDeathTest, WritingPastTheEndOfAnObjectIsFoundWhenItIsFreed) {
  ObjectPool<std::uint64_t> pool("numbers", 1);
  const auto handle = pool.allocate(1U);
  EXPECT_DEATH(
      {
        write_past(pool.resolve(handle));
        pool.unlink(handle);
        pool.reclaim(handle);
      },
      "is_intact");
}

}  // namespace
}  // namespace penstock
