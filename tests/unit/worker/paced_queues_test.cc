// Queues in a wheel of time, against a model of them.
#include "dataplane/worker/paced_queues.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

PacedQueues::Entry entry(std::uint32_t number) {
  return {SlotRef(0, number), SubscriptionHandle(number, 1)};
}
TransportHandle receiver(std::uint32_t number) { return TransportHandle(number, 1); }

// Who is looked at, now.
std::vector<std::uint32_t> due(PacedQueues& queues, Timestamp now) {
  std::vector<std::uint32_t> taken;
  for (std::uint32_t queue = queues.take_due(now); queue != PacedQueues::kNone;
       queue = queues.take_due(now))
    taken.push_back(queue);
  return taken;
}

TEST(PacedQueuesTest, PacketsOfOneReceiverGoInTheirOrder) {
  PacedQueues queues(4);
  const std::uint32_t queue = queues.begin(receiver(1), kSecond, kSecond);
  for (std::uint32_t i = 1; i <= 100; ++i) ASSERT_TRUE(queues.push(queue, entry(i)));
  EXPECT_EQ(queues.packets(queue), 100U);
  for (std::uint32_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(queues.front(queue).slot.position(), i);
    queues.pop(queue);
  }
  EXPECT_EQ(queues.packets(queue), 0U);
}

TEST(PacedQueuesTest, WhatWaitsTakesMemoryAndGivesItBack) {
  PacedQueues queues(4);
  EXPECT_EQ(queues.used_bytes(), 0U);
  const std::uint32_t queue = queues.begin(receiver(1), kSecond, kSecond);
  for (std::uint32_t i = 1; i <= 100; ++i) ASSERT_TRUE(queues.push(queue, entry(i)));
  EXPECT_GE(queues.used_bytes(), 100 * sizeof(PacedQueues::Entry));
  EXPECT_LE(queues.used_bytes(), 120 * sizeof(PacedQueues::Entry));
  while (queues.packets(queue) != 0) queues.pop(queue);
  static_cast<void>(queues.take_due(kSecond));
  queues.end(queue);
  EXPECT_EQ(queues.used_bytes(), 0U);
}

TEST(PacedQueuesTest, AQueueThatWasEmptiedGoesOn) {
  PacedQueues queues(4);
  const std::uint32_t queue = queues.begin(receiver(1), kSecond, kSecond);
  for (std::uint32_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(queues.push(queue, entry(i)));
    EXPECT_EQ(queues.front(queue).slot.position(), i);
    queues.pop(queue);
  }
}

TEST(PacedQueuesTest, AQueueIsLookedAtWhenItsTimeHasComeAndOnceInACall) {
  PacedQueues queues(4);
  const Timestamp now = kSecond;
  const std::uint32_t queue = queues.begin(receiver(1), now, now + 10 * kMillisecond);
  EXPECT_TRUE(due(queues, now + 9 * kMillisecond).empty());
  const Timestamp then = now + 11 * kMillisecond;
  EXPECT_EQ(queues.take_due(then), queue);
  queues.put_back(queue, then, then);
  EXPECT_EQ(queues.take_due(then), PacedQueues::kNone);
  EXPECT_EQ(queues.take_due(then + PacedQueues::kTick), queue);
}

TEST(PacedQueuesTest, WhoWaitsForLongIsLookedAtOnceATurn) {
  PacedQueues queues(4);
  Timestamp now = kSecond;
  queues.begin(receiver(1), now, now + 10 * kSecond);
  int looks = 0;
  for (int i = 0; i < 1'000; ++i) {
    now += kMillisecond;
    for (const std::uint32_t queue : due(queues, now)) {
      ++looks;
      queues.put_back(queue, now, 11 * kSecond);
    }
  }
  EXPECT_GE(looks, 10);
  EXPECT_LE(looks, 20);
}

TEST(PacedQueuesTest, AWheelThatStoodStillHasForgottenNobody) {
  PacedQueues queues(200);
  const Timestamp now = kSecond;
  for (std::uint32_t i = 0; i < 100; ++i)
    queues.begin(receiver(i + 1), now, now + i * kMillisecond);
  const Timestamp later = now + kSecond;
  std::size_t looked_at = due(queues, later).size();
  looked_at += due(queues, later + PacedQueues::kTick).size();
  EXPECT_EQ(looked_at, 100U);
}

TEST(PacedQueuesTest, WhereThereIsNoRoomNothingIsTaken) {
  PacedQueues queues(2);
  const std::uint32_t one = queues.begin(receiver(1), kSecond, kSecond);
  std::uint32_t taken = 0;
  while (queues.push(one, entry(taken + 1))) ++taken;
  EXPECT_EQ(taken, 15 * PacedQueues::kChunksMin);
  EXPECT_EQ(queues.begin(receiver(2), kSecond, kSecond), PacedQueues::kNone);
  queues.end(one);
  EXPECT_EQ(queues.packets(), 0U);
  const std::uint32_t two = queues.begin(receiver(2), kSecond, kSecond);
  ASSERT_NE(two, PacedQueues::kNone);
  EXPECT_NE(queues.begin(receiver(3), kSecond, kSecond), PacedQueues::kNone);
  EXPECT_EQ(queues.begin(receiver(4), kSecond, kSecond), PacedQueues::kNone) << "two receivers";
}

TEST(PacedQueuesTest, WhoMaySendMoreIsTheNextWithoutATickBetween) {
  PacedQueues queues(3);
  const std::uint32_t one = queues.begin(receiver(1), kSecond, kSecond);
  const std::uint32_t two = queues.begin(receiver(2), kSecond, kSecond);
  const Timestamp now = kSecond + 2 * PacedQueues::kTick;
  const std::uint32_t first = queues.take_due(now);
  queues.put_back_first(first);
  EXPECT_EQ(queues.take_due(now), first);
  queues.put_back(first, now, now);
  EXPECT_EQ(queues.take_due(now), first == one ? two : one);
  EXPECT_EQ(queues.take_due(now), PacedQueues::kNone);
}

TEST(PacedQueuesTest, WhateverComesAndGoesNoPacketIsLostAndNoQueueIsLate) {
  struct Model {
    std::deque<std::uint32_t> packets;
    Timestamp at = 0;
  };
  PacedQueues queues(50);
  std::map<std::uint32_t, Model> model;
  Prng prng(7);
  Timestamp now = kSecond;
  std::uint32_t number = 0;
  for (int step = 0; step < 20'000; ++step) {
    now += static_cast<Duration>(prng.below(2 * kMillisecond));
    if (prng.below(10) == 0) {
      const Timestamp at = now + static_cast<Duration>(prng.below(40 * kMillisecond));
      const std::uint32_t queue = queues.begin(receiver(++number), now, at);
      ASSERT_EQ(queue == PacedQueues::kNone, model.size() == 50);
      if (queue != PacedQueues::kNone) model[queue] = {{}, at};
    }
    for (auto& [queue, of] : model) {
      if (prng.below(4) != 0 || of.packets.size() > 60) continue;
      ASSERT_TRUE(queues.push(queue, entry(++number)));
      of.packets.push_back(number);
    }
    for (const std::uint32_t queue : due(queues, now)) {
      Model& of = model.at(queue);
      EXPECT_LE(of.at, now);
      for (auto count = prng.below(20); count > 0 && !of.packets.empty(); --count) {
        ASSERT_EQ(queues.front(queue).slot.position(), of.packets.front());
        queues.pop(queue);
        of.packets.pop_front();
      }
      ASSERT_EQ(queues.packets(queue), of.packets.size());
      if (prng.below(3) == 0) {
        queues.end(queue);
        model.erase(queue);
      } else {
        of.at = now + static_cast<Duration>(prng.below(40 * kMillisecond));
        queues.put_back(queue, now, of.at);
      }
    }
    for (const auto& [queue, of] : model)
      ASSERT_GT(of.at + 2 * PacedQueues::kTick + 2 * kMillisecond, now);
  }
}

}  // namespace
}  // namespace penstock
