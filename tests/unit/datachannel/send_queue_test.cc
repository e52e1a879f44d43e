// What waits for a slow receiver: what goes first, and what is given up.
#include "controlplane/datachannel/send_queue.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using Result = SendQueue::Result;

QueuedMessage message_of(std::size_t bytes, bool is_reliable, Timestamp since = 0) {
  return {.stream = 1,
          .is_reliable = is_reliable,
          .age_max = is_reliable ? kDataQueueAgeMax : kUnreliableAgeMax,
          .since = since,
          .bytes = std::vector<std::uint8_t>(bytes)};
}

TEST(SendQueue, AnEmptyOneTakesAMessageOfAnySize) {
  SendQueue queue(1'000);
  EXPECT_EQ(queue.push(message_of(100'000, true), 0), Result::kTaken);
  EXPECT_EQ(queue.push(message_of(1, true), 0), Result::kOverflow);
  EXPECT_EQ(queue.push(message_of(1, false), 0), Result::kDropped);
  EXPECT_EQ(queue.dropped(), 1U);
}

TEST(SendQueue, UnreliableMessagesMakeRoomTheOldestFirst) {
  SendQueue queue(3 * (kQueuedMessageBytes + 10));
  EXPECT_EQ(queue.push(message_of(10, false, 1), 1), Result::kTaken);
  EXPECT_EQ(queue.push(message_of(10, true, 2), 2), Result::kTaken);
  EXPECT_EQ(queue.push(message_of(10, false, 3), 3), Result::kTaken);
  EXPECT_EQ(queue.push(message_of(10, false, 4), 4), Result::kTaken);
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(queue.front().since, 2);
  EXPECT_EQ(queue.push(message_of(10, true, 5), 5), Result::kTaken);
  EXPECT_EQ(queue.push(message_of(10, true, 6), 6), Result::kTaken);
  EXPECT_EQ(queue.dropped(), 3U);
  EXPECT_EQ(queue.push(message_of(10, true, 7), 7), Result::kOverflow);
}

TEST(SendQueue, WhatIsUnreliableAndOldIsDropped) {
  SendQueue queue;
  queue.push(message_of(10, false, 0), 0);
  queue.push(message_of(20, false, 50 * kMillisecond), 50 * kMillisecond);
  queue.drop_stale(kUnreliableAgeMax + 1);
  EXPECT_EQ(queue.front().bytes.size(), 20U);
  queue.push(message_of(30, true, 0), kUnreliableAgeMax);
  queue.drop_stale(10 * kSecond);
  EXPECT_EQ(queue.front().bytes.size(), 30U);
}

TEST(SendQueue, ControlGoesBeforeDataInItsOrder) {
  SendQueue queue;
  queue.push(message_of(10, true), 0);
  queue.push(message_of(20, true), 0);
  queue.push_control({.stream = 3, .is_control = true});
  queue.push_control({.stream = 5, .is_control = true});
  std::vector<std::uint16_t> streams;
  while (!queue.empty()) {
    streams.push_back(queue.front().stream);
    queue.pop_front();
  }
  EXPECT_EQ(streams, (std::vector<std::uint16_t>{3, 5, 1, 1}));
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, AChannelThatClosesTakesItsMessagesWithIt) {
  SendQueue queue;
  queue.push(message_of(10, true), 0);
  QueuedMessage other = message_of(10, true);
  other.stream = 2;
  queue.push(other, 0);
  queue.push(message_of(10, true), 0);
  queue.drop_stream(1);
  EXPECT_EQ(queue.front().stream, 2);
  queue.pop_front();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace penstock
