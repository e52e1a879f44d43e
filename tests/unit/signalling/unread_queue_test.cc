#include "controlplane/signalling/unread_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace penstock {
namespace {

constexpr std::size_t kTextBytes = 1'000;  // what each text has
constexpr std::size_t kCounted = 1'045;    // what it counts as, at most
constexpr std::size_t kQueueMax = 10 * kCounted;

class UnreadQueueTest : public testing::Test {
 protected:
  UnreadQueue& add_queue(std::size_t bytes_max = kQueueMax) {
    const std::size_t number = queues_.size();
    queues_.push_back(std::make_unique<UnreadQueue>(
        memory_, UnreadQueue::Options{.bytes_max = bytes_max,
                                      .give_up = [this, number] { ended_.push_back(number); }}));
    return *queues_.back();
  }
  static bool push(UnreadQueue& queue, Timestamp now, std::size_t texts = 1) {
    bool is_there = true;
    for (std::size_t i = 0; i < texts; ++i)
      is_there = queue.push(std::string(kTextBytes, 'x'), now);
    return is_there;
  }

  UnreadMemory memory_{20 * kCounted};
  std::vector<std::unique_ptr<UnreadQueue>> queues_;
  std::vector<std::size_t> ended_;  // their numbers
};

TEST_F(UnreadQueueTest, ItIsReadInOrder) {
  UnreadQueue& queue = add_queue();
  EXPECT_TRUE(queue.empty());
  queue.push("a", 1);
  queue.push("b", 2);
  EXPECT_EQ(queue.front(), "a");
  queue.pop();
  EXPECT_EQ(queue.front(), "b");
  queue.pop();
  EXPECT_TRUE(queue.empty());
}

TEST_F(UnreadQueueTest, WhatIsReadCountsNoLonger) {
  UnreadQueue& queue = add_queue();
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(push(queue, i, 2));
    EXPECT_GE(queue.bytes(), 2 * kTextBytes);
    EXPECT_LE(queue.bytes(), 2 * kCounted);
    EXPECT_EQ(memory_.bytes(), queue.bytes());
    queue.pop();
    queue.pop();
  }
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(memory_.bytes(), 0U);
}

TEST_F(UnreadQueueTest, ATextThatHasRoomForMoreGivesItBack) {
  UnreadQueue& queue = add_queue();
  std::string text(kTextBytes, 'x');
  text.reserve(2 * kTextBytes);
  queue.push(std::move(text), 1);
  EXPECT_LE(queue.bytes(), kCounted);
}

TEST_F(UnreadQueueTest, OverItsOwnBoundItEnds) {
  UnreadQueue& queue = add_queue();
  EXPECT_TRUE(push(queue, 0, 10));
  EXPECT_FALSE(push(queue, 0));
  EXPECT_EQ(ended_, std::vector<std::size_t>{0});
  EXPECT_EQ(memory_.bytes(), 0U);
}

TEST_F(UnreadQueueTest, WhatMayBeAtTheSocketOutlivesItsEnd) {
  UnreadQueue& queue = add_queue();
  queue.push("at the socket", 0);
  const char* text = queue.front().data();
  EXPECT_FALSE(push(queue, 0, 11));
  EXPECT_EQ(queue.front().data(), text);
  EXPECT_EQ(queue.front(), "at the socket");
  EXPECT_FALSE(push(queue, 0)) << "nothing is taken any more";
  queue.pop();
  EXPECT_TRUE(queue.empty()) << "the rest is gone";
  EXPECT_EQ(memory_.bytes(), 0U);
  EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(UnreadQueueTest, OverTheBoundOfAllTheOneEndsThatHasWaitedLongest) {
  UnreadQueue& slow = add_queue();
  UnreadQueue& fast = add_queue();
  UnreadQueue& other = add_queue();
  push(slow, 1, 5);
  push(fast, 0, 2);
  fast.pop();
  fast.pop();
  push(fast, 2, 9);
  push(other, 2, 6);
  EXPECT_TRUE(ended_.empty());
  EXPECT_TRUE(push(other, 3));
  EXPECT_EQ(ended_, std::vector<std::size_t>{0});
  EXPECT_EQ(memory_.bytes(), fast.bytes() + other.bytes());
}

TEST_F(UnreadQueueTest, OfThoseThatHaveWaitedEquallyLongTheLargestEnds) {
  UnreadQueue& small = add_queue();
  UnreadQueue& large = add_queue();
  UnreadQueue& next = add_queue();
  push(small, 1, 6);
  push(large, 1, 9);
  push(next, 2, 6);
  EXPECT_EQ(ended_, std::vector<std::size_t>{1});
}

TEST_F(UnreadQueueTest, AsManyEndAsThereMust) {
  push(add_queue(), 1, 6);
  push(add_queue(), 2, 6);
  push(add_queue(), 3, 6);
  EXPECT_TRUE(add_queue(100 * kCounted).push(std::string(12 * kTextBytes, 'x'), 4));
  EXPECT_EQ(ended_, (std::vector<std::size_t>{0, 1}));
}

TEST_F(UnreadQueueTest, WhatDoesNotFitAloneEndsItsOwn) {
  UnreadQueue& queue = add_queue(100 * kCounted);
  EXPECT_FALSE(queue.push(std::string(30 * kTextBytes, 'x'), 1));
  EXPECT_EQ(ended_, std::vector<std::size_t>{0});
}

TEST_F(UnreadQueueTest, AQueueThatGoesTakesItsBytesAlong) {
  push(add_queue(), 1, 6);
  queues_.clear();
  EXPECT_EQ(memory_.bytes(), 0U);
  EXPECT_TRUE(push(add_queue(), 2, 10));
  EXPECT_TRUE(ended_.empty());
}

}  // namespace
}  // namespace penstock
