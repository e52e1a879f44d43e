// Published fan-out lists against a model: whatever is added and removed, readers see exactly the
// subscribers, also those readers that are in the middle of the list, and no chunk is lost.
#include "dataplane/registry/fan_out_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr std::uint32_t kFullChunk = FanOutChunk::kEntriesMax;

struct Fixture {
  explicit Fixture(std::size_t chunks) : pool("fan-out chunks", chunks) {}
  ~Fixture() {
    writer.clear(fan_out, 0);
    end_grace_period();
  }

  static void retire(void* self, Handle<FanOutChunk> chunk) {
    auto* fixture = static_cast<Fixture*>(self);
    ASSERT_TRUE(fixture->pool.unlink(chunk));
    fixture->retired.push_back(chunk);
  }
  // All readers have reported a quiescent state.
  void end_grace_period() {
    for (const auto chunk : retired) pool.reclaim(chunk);
    retired.clear();
  }
  void add(std::uint32_t index) {
    const FanOutPlace place = writer.add(fan_out, 0, {index, 1});
    ASSERT_FALSE(place.chunk.is_null());
    places[index] = place;
  }
  void remove(std::uint32_t index) {
    writer.remove(fan_out, places.at(index));
    places.erase(index);
  }
  std::multiset<std::uint32_t> expected() const {
    std::multiset<std::uint32_t> result;
    for (const auto& [index, place] : places) result.insert(index);
    return result;
  }
  std::multiset<std::uint32_t> listed() const {
    std::multiset<std::uint32_t> result;
    for_each_subscription(pool, fan_out.head(0),
                          [&](SubscriptionHandle handle) { result.insert(handle.index()); });
    return result;
  }

  FanOutPool pool;
  std::vector<Handle<FanOutChunk>> retired;
  FanOut fan_out;
  FanOutWriter writer{pool, retire, this};
  std::map<std::uint32_t, FanOutPlace> places;
};

TEST(FanOutWriter, LastSubscriberLeavesNothingBehind) {
  Fixture fixture(4);
  fixture.add(1);
  fixture.remove(1);
  EXPECT_TRUE(fixture.fan_out.head(0).is_null());
  fixture.end_grace_period();
  EXPECT_EQ(fixture.pool.counts().free, 4U);
}

TEST(FanOutWriter, FullPoolChangesNothing) {
  Fixture fixture(1);
  for (std::uint32_t i = 0; i < kFullChunk; ++i) fixture.add(i);
  EXPECT_TRUE(fixture.writer.add(fixture.fan_out, 0, {99, 1}).chunk.is_null());
  EXPECT_EQ(fixture.listed(), fixture.expected());
}

TEST(FanOutWriter, LeavingTakesNothingFromThePool) {
  Fixture fixture(40);
  for (std::uint32_t i = 0; i < 40 * kFullChunk; ++i) fixture.add(i);
  ASSERT_EQ(fixture.pool.counts().free, 0U);
  for (std::uint32_t i = 0; i < 40 * kFullChunk; i += 7) fixture.remove(i);
  EXPECT_EQ(fixture.listed(), fixture.expected());
}

TEST(FanOutWriter, AJoinTakesTheFirstFreePlaceOfTheFirstChunk) {
  Fixture fixture(1);
  for (std::uint32_t i = 0; i < kFullChunk; ++i) fixture.add(i);
  for (int round = 0; round < 100; ++round) {
    fixture.remove(7);
    fixture.add(7);
  }
  EXPECT_EQ(fixture.listed(), fixture.expected());
  EXPECT_EQ(fixture.pool.counts().live, 1U);
}

TEST(FanOutWriter, PlacesOfAClearedListAreStale) {
  Fixture fixture(4);
  fixture.add(1);
  const FanOutPlace place = fixture.places.at(1);
  fixture.writer.clear(fixture.fan_out, 0);
  fixture.end_grace_period();
  fixture.places.clear();
  fixture.add(2);  // in the same slot of the pool
  fixture.writer.remove(fixture.fan_out, place);
  EXPECT_EQ(fixture.listed(), fixture.expected());
}

TEST(FanOutWriter, ListsAreWhatASetWouldBeUnderChurn) {
  Fixture fixture(300);
  Prng prng(3);
  for (int step = 0; step < 50'000; ++step) {
    const auto index = static_cast<std::uint32_t>(prng.below(300));
    if (fixture.places.contains(index)) {
      fixture.remove(index);
    } else {
      fixture.add(index);
    }
    if (step % 10 == 0) fixture.end_grace_period();
    // Each chunk there is holds somebody.
    ASSERT_LE(fixture.pool.counts().live, fixture.places.size());
    if (step % 50 != 0) continue;
    ASSERT_EQ(fixture.listed(), fixture.expected());
  }
  fixture.writer.clear(fixture.fan_out, 0);
  fixture.end_grace_period();
  EXPECT_EQ(fixture.pool.counts().free, 300U);
}

// The list is changed at every point where a reader can stand.
TEST(FanOutWriter, AReaderSeesWhoStaysOnceWhateverIsTakenOutUnderIt) {
  Fixture fixture(400);
  for (std::uint32_t i = 0; i < 8 * kFullChunk; ++i) fixture.add(i);
  Prng prng(5);
  const std::multiset<std::uint32_t> before = fixture.expected();
  std::multiset<std::uint32_t> seen;
  std::uint32_t next_index = 1'000;
  for_each_subscription(fixture.pool, fixture.fan_out.head(0), [&](SubscriptionHandle handle) {
    seen.insert(handle.index());
    fixture.add(next_index++);
    // Whole chunks go, so that the reader stands on one that is linked out, and so does the next.
    if (prng.below(20) != 0) return;
    const std::uint32_t first = static_cast<std::uint32_t>(prng.below(8)) * kFullChunk;
    for (std::uint32_t i = first; i < first + kFullChunk; ++i) {
      if (fixture.places.contains(i)) fixture.remove(i);
    }
  });
  for (const std::uint32_t index : before) {
    EXPECT_LE(seen.count(index), 1U) << index;
    EXPECT_TRUE(seen.contains(index) || !fixture.places.contains(index)) << index;
  }
}

// A reader that loaded the head just before the first chunk went.
TEST(FanOutWriter, AHeadThatWasReadIsGoodUntilTheReaderReports) {
  Fixture fixture(4);
  for (std::uint32_t i = 0; i <= kFullChunk; ++i) fixture.add(i);
  const Handle<FanOutChunk> head = fixture.fan_out.head(0);
  fixture.remove(kFullChunk);  // the only one in the first chunk
  std::size_t seen = 0;
  for_each_subscription(fixture.pool, head, [&](SubscriptionHandle) { ++seen; });
  EXPECT_EQ(seen, kFullChunk);
}

}  // namespace
}  // namespace penstock
