#include "controlplane/media/deadline_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

struct Object {};
using ObjectHandle = Handle<Object>;

TEST(DeadlineQueue, WithoutDeadlinesNothingIsDue) {
  DeadlineQueue<Object> queue(4);
  EXPECT_EQ(queue.next(), kNever);
  queue.remove(ObjectHandle(2, 1));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(DeadlineQueue, ADeadlineMovesBothWays) {
  DeadlineQueue<Object> queue(4);
  const ObjectHandle a(0, 1), b(3, 1);
  queue.set(a, 10);
  queue.set(b, 20);
  EXPECT_EQ(queue.first(), a);
  queue.set(a, 30);
  EXPECT_EQ(queue.first(), b);
  queue.set(a, 5);
  EXPECT_EQ(queue.first(), a);
  EXPECT_EQ(queue.next(), 5);
  queue.set(a, kNever);
  EXPECT_EQ(queue.first(), b);
  EXPECT_EQ(queue.size(), 2U);
}

TEST(DeadlineQueue, IsWhatASortedListIs) {
  constexpr std::uint32_t kObjects = 50;
  DeadlineQueue<Object> queue(kObjects);
  std::map<ObjectHandle, Timestamp> deadlines;
  Prng prng(11);
  for (int step = 0; step < 20'000; ++step) {
    const ObjectHandle object(prng.next_u32() % kObjects, 1);
    if (prng.next_u32() % 3 == 0) {
      queue.remove(object);
      deadlines.erase(object);
    } else {
      const auto at = static_cast<Timestamp>(prng.next_u32() % 1'000);
      queue.set(object, at);
      deadlines[object] = at;
    }
    ASSERT_EQ(queue.size(), deadlines.size());
    Timestamp earliest = kNever;
    for (const auto& [each, at] : deadlines) earliest = std::min(earliest, at);
    ASSERT_EQ(queue.next(), earliest) << step;
    if (earliest == kNever) continue;
    ASSERT_EQ(deadlines.at(queue.first()), earliest);
  }
}

}  // namespace
}  // namespace penstock
