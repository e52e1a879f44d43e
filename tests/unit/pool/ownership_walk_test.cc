#include "dataplane/pool/ownership_walk.h"

#include <gtest/gtest.h>

#include "tests/support/conservation.h"

namespace penstock {
namespace {

using Findings = std::vector<std::string>;

class OwnershipWalkTest : public ::testing::Test {
 protected:
  void SetUp() override { test::allow_pools_in_use_at_end(); }
};

TEST_F(OwnershipWalkTest, FindsNothingWhenEveryLiveObjectHasOneOwner) {
  ObjectPool<int> pool("numbers", 4);
  const auto one = pool.allocate(1);
  const auto two = pool.allocate(2);
  OwnershipWalk walk;
  walk.expect(pool);
  EXPECT_TRUE(walk.mark(pool, one));
  EXPECT_TRUE(walk.mark(pool, two));
  EXPECT_EQ(walk.findings(), Findings{});
}

TEST_F(OwnershipWalkTest, FindsALiveObjectWithoutAnOwner) {
  ObjectPool<int> pool("numbers", 4);
  static_cast<void>(pool.allocate(1));
  OwnershipWalk walk;
  walk.expect(pool);
  EXPECT_EQ(walk.findings(), Findings{"numbers: 1 live without an owner"});
}

// Two objects that name each other are live for ever in a system of counted references.
TEST_F(OwnershipWalkTest, FindsACycleThatNoRootReaches) {
  struct Node {
    Handle<Node> other;
  };
  ObjectPool<Node> pool("nodes", 4);
  const auto one = pool.allocate();
  const auto two = pool.allocate(one);
  pool.resolve(one)->other = two;
  OwnershipWalk walk;
  walk.expect(pool);
  EXPECT_EQ(walk.findings(), Findings{"nodes: 2 live without an owner"});
}

TEST_F(OwnershipWalkTest, FindsTwoOwnersAndOwnersOfWhatIsGone) {
  ObjectPool<int> pool("numbers", 4);
  const auto shared = pool.allocate(1);
  const auto gone = pool.allocate(2);
  pool.unlink(gone);
  OwnershipWalk walk;
  EXPECT_TRUE(walk.mark(pool, shared));
  EXPECT_FALSE(walk.mark(pool, shared));
  EXPECT_FALSE(walk.mark(pool, gone));
  EXPECT_EQ(walk.findings(), (Findings{"numbers: 1 with two owners", "numbers: 1 owned and gone"}));
}

}  // namespace
}  // namespace penstock
