// Published fan-out lists against a set: whatever is added and removed, readers see exactly the
// subscribers, and no chunk is lost.
#include <gtest/gtest.h>

#include <set>

#include "dataplane/base/prng.h"
#include "dataplane/registry/registry.h"

namespace penstock {
namespace {

struct Fixture {
  explicit Fixture(std::size_t chunks) : pool("fan-out chunks", chunks) {}

  static void reclaim_at_once(void* self, Handle<FanOutChunk> chunk) {
    auto* fixture = static_cast<Fixture*>(self);
    ASSERT_TRUE(fixture->pool.unlink(chunk));
    fixture->pool.reclaim(chunk);
  }
  std::multiset<std::uint32_t> listed() const {
    std::multiset<std::uint32_t> result;
    for_each_subscription(pool, fan_out.head(0),
                          [&](SubscriptionHandle handle) { result.insert(handle.index()); });
    return result;
  }

  FanOutPool pool;
  FanOut fan_out;
  FanOutWriter writer{pool, reclaim_at_once, this};
};

SubscriptionHandle subscription(std::uint32_t index) { return {index, 1}; }

TEST(FanOutWriter, LastSubscriberLeavesNothingBehind) {
  Fixture fixture(4);
  ASSERT_TRUE(fixture.writer.add(fixture.fan_out, 0, subscription(1)));
  ASSERT_TRUE(fixture.writer.remove(fixture.fan_out, 0, subscription(1)));
  EXPECT_TRUE(fixture.fan_out.head(0).is_null());
  EXPECT_EQ(fixture.pool.counts().free, 4U);
}

TEST(FanOutWriter, FullPoolChangesNothing) {
  Fixture fixture(1);
  ASSERT_TRUE(fixture.writer.add(fixture.fan_out, 0, subscription(1)));
  EXPECT_FALSE(fixture.writer.add(fixture.fan_out, 0, subscription(2)));
  EXPECT_EQ(fixture.listed(), (std::multiset<std::uint32_t>{1}));
}

TEST(FanOutWriter, RemovingWhoIsNotListedChangesNothing) {
  Fixture fixture(4);
  ASSERT_TRUE(fixture.writer.add(fixture.fan_out, 0, subscription(1)));
  EXPECT_TRUE(fixture.writer.remove(fixture.fan_out, 0, subscription(2)));
  EXPECT_EQ(fixture.listed(), (std::multiset<std::uint32_t>{1}));
}

TEST(FanOutWriter, ListsAreWhatASetWouldBeUnderChurn) {
  Fixture fixture(400);
  std::multiset<std::uint32_t> model;
  Prng prng(3);
  for (int step = 0; step < 20'000; ++step) {
    const auto index = static_cast<std::uint32_t>(prng.below(300));
    if (!model.contains(index)) {
      ASSERT_TRUE(fixture.writer.add(fixture.fan_out, 0, subscription(index)));
      model.insert(index);
    } else {
      ASSERT_TRUE(fixture.writer.remove(fixture.fan_out, 0, subscription(index)));
      model.erase(index);
    }
    if (step % 50 != 0) continue;
    ASSERT_EQ(fixture.listed(), model);
  }
  fixture.writer.clear(fixture.fan_out, 0);
  EXPECT_EQ(fixture.pool.counts().free, 400U);
}

}  // namespace
}  // namespace penstock
