// The check that runs after every test (tests/support/conservation.h) finds what it is for.
#include "tests/support/conservation.h"

#include <gtest/gtest.h>

#include <memory>

#include "dataplane/pool/object_pool.h"

namespace penstock {
namespace {

#ifdef PENSTOCK_TEST_HOOKS
constexpr bool kIsWatched = true;
#else
constexpr bool kIsWatched = false;
#endif

TEST(ConservationTest, APoolInUseIsConserved) {
  ObjectPool<int> pool("numbers", 3);
  const Handle<int> kept = pool.allocate(1);
  const Handle<int> gone = pool.allocate(2);
  pool.unlink(gone);
  EXPECT_EQ(test::take_conservation_findings(), "");
  EXPECT_EQ(pool.recount(), pool.counts());
  pool.reclaim(gone);
  pool.unlink(kept);
  pool.reclaim(kept);
}

TEST(ConservationTest, APoolDestroyedWithALiveObjectIsAFinding) {
  auto pool = std::make_unique<ObjectPool<int>>("numbers", 3);
  pool->allocate(1);
  pool.reset();
  EXPECT_EQ(test::take_conservation_findings(),
            kIsWatched
                ? "pool of numbers: destroyed while in use (2 free, 1 live, 0 retired of 3)\n"
                : "");
}

TEST(ConservationTest, APoolDestroyedWithARetiredObjectIsAFinding) {
  auto pool = std::make_unique<ObjectPool<int>>("numbers", 3);
  pool->unlink(pool->allocate(1));
  pool.reset();
  EXPECT_EQ(test::take_conservation_findings(),
            kIsWatched
                ? "pool of numbers: destroyed while in use (2 free, 0 live, 1 retired of 3)\n"
                : "");
}

#ifdef PENSTOCK_TEST_HOOKS
TEST(ConservationTest, CountsThatTheSlotsContradictAreAFinding) {
  auto pool = std::make_unique<ObjectPool<int>>("numbers", 1);
  const Handle<int> handle = pool->allocate(1);
  test_hooks::state().planted = test_hooks::PlantedBug::kSkipUnlink;
  pool->unlink(handle);
  test_hooks::state().planted = test_hooks::PlantedBug::kNone;
  EXPECT_EQ(test::take_conservation_findings(),
            "pool of numbers: the slots do not say the same as the counts "
            "(0 free, 0 live, 1 retired of 1)\n");
  pool.reset();
  EXPECT_NE(test::take_conservation_findings(), "");
}
#endif

}  // namespace
}  // namespace penstock
