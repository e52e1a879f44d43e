// Whose turn it is among handles whose requests wait, and who sleeps meanwhile.
#include "controlplane/janus/waiting_requests.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace penstock::janus {
namespace {

struct FakeContinuation final : Continuation {
  explicit FakeContinuation(bool sleeps) : is_asleep(sleeps) {}
  std::optional<std::expected<void, Error>> run(std::string&, Timestamp) override { return {}; }
  bool is_sleeping() const override { return is_asleep; }

  bool is_asleep;
};

class WaitingRequestsTest : public ::testing::Test {
 protected:
  RequestId start(HandleId handle, bool sleeps) {
    return waiting.start(slots[handle], handle,
                         {.asked = {},
                          .kind = PendingRequests::AnswerKind::kSuccess,
                          .continuation = std::make_unique<FakeContinuation>(sleeps)},
                         now);
  }
  RequestId start_awake(HandleId handle) { return start(handle, false); }
  RequestId start_asleep(HandleId handle) { return start(handle, true); }
  bool keep_behind(HandleId handle, std::string text = "{}") {
    return waiting.keep_behind(*slots[handle], {}, std::move(text));
  }
  bool wake(RequestId request) { return waiting.wake(slots[request.handle].get(), request); }
  // 0: nobody's.
  HandleId whose_turn() const {
    return waiting.first_awake() == nullptr ? 0 : waiting.first_awake()->handle;
  }
  void finish(HandleId handle) {
    slots[handle]->under_way.reset();
    waiting.end_turn(slots[handle], now);
  }

  Timestamp now = kSecond;
  std::map<HandleId, WaitingRequests::Slot> slots;
  WaitingRequests waiting;
};

TEST_F(WaitingRequestsTest, TheFirstHasAllTurnsUntilItIsDone) {
  start_awake(1);
  start_awake(2);
  EXPECT_EQ(waiting.next_timeout(now), now);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(whose_turn(), 1u);
    waiting.end_turn(slots[1], now);
  }
  finish(1);
  EXPECT_EQ(slots[1], nullptr);
  EXPECT_EQ(whose_turn(), 2u);
  finish(2);
  EXPECT_EQ(waiting.next_timeout(now), kNever);
  EXPECT_EQ(waiting.handles(), 0u);
}

TEST_F(WaitingRequestsTest, WhoSleepsHasNoTurnAndHoldsNobodyUp) {
  const RequestId asleep = start_asleep(1);
  EXPECT_EQ(whose_turn(), 0u);
  EXPECT_EQ(waiting.next_timeout(now), now + kSleep);
  start_awake(2);
  EXPECT_EQ(whose_turn(), 2u);
  EXPECT_TRUE(wake(asleep));
  EXPECT_EQ(whose_turn(), 2u) << "one answer is written at a time";
  finish(2);
  EXPECT_EQ(whose_turn(), 1u);
  finish(1);
  EXPECT_EQ(waiting.handles(), 0u);
}

TEST_F(WaitingRequestsTest, AWakeIsForOneRequestAndCountsOnce) {
  const RequestId first = start_asleep(1);
  EXPECT_TRUE(wake(first));
  EXPECT_FALSE(wake(first)) << "it is awake";
  keep_behind(1);
  finish(1);
  EXPECT_FALSE(wake(first)) << "it is done";
  const RequestId second = start_asleep(1);  // the one behind it
  EXPECT_EQ(whose_turn(), 0u);
  EXPECT_FALSE(wake(first)) << "another request of the same handle sleeps";
  EXPECT_TRUE(wake(second));
  waiting.remove(slots[1]);
  EXPECT_FALSE(wake(second)) << "its handle has ended";
  const RequestId third = start_asleep(1);
  EXPECT_FALSE(wake(second));
  EXPECT_TRUE(wake(third));
}

TEST_F(WaitingRequestsTest, ItMaySleepAgainBetweenTurns) {
  const RequestId request = start_asleep(1);
  auto& continuation = static_cast<FakeContinuation&>(*slots[1]->under_way->continuation);
  now += kSleep - 1;
  EXPECT_TRUE(wake(request));
  continuation.is_asleep = false;
  waiting.end_turn(slots[1], now);
  EXPECT_EQ(whose_turn(), 1u);
  continuation.is_asleep = true;
  waiting.end_turn(slots[1], now);
  EXPECT_EQ(whose_turn(), 0u);
  EXPECT_EQ(waiting.next_timeout(now), now + kSleep) << "its time begins anew";
  EXPECT_TRUE(wake(request));
}

TEST_F(WaitingRequestsTest, WhoIsNotWokenInTimeIsOverdueTheOldestFirst) {
  start_asleep(1);
  now += kSecond;
  start_asleep(2);
  EXPECT_EQ(waiting.first_overdue(now), nullptr);
  now += kSleep;
  ASSERT_NE(waiting.first_overdue(now), nullptr);
  EXPECT_EQ(waiting.first_overdue(now)->handle, 1u);
  keep_behind(1);
  finish(1);
  EXPECT_EQ(whose_turn(), 1u) << "what is behind it goes on";
  EXPECT_EQ(waiting.first_overdue(now)->handle, 2u);
  finish(2);
  EXPECT_EQ(waiting.first_overdue(now), nullptr);
}

TEST_F(WaitingRequestsTest, HandlesTakeTurnsWithWhatIsBehind) {
  start_awake(1);
  start_awake(2);
  keep_behind(1, "first");
  keep_behind(1, "second");
  finish(1);
  EXPECT_EQ(whose_turn(), 2u);
  finish(2);
  EXPECT_EQ(waiting.take_next(*slots[1]).text, "first");
  waiting.end_turn(slots[1], now);
  EXPECT_EQ(waiting.take_next(*slots[1]).text, "second");
  waiting.end_turn(slots[1], now);
  EXPECT_EQ(slots[1], nullptr);
}

TEST_F(WaitingRequestsTest, WhatWaitsBehindIsBounded) {
  start_asleep(1);
  for (std::size_t i = 0; i < kRequestsBehindMax; ++i) EXPECT_TRUE(keep_behind(1));
  EXPECT_FALSE(keep_behind(1));
  const std::string large(kWaitingBytesMax / 16, 'x');
  start_asleep(2);
  std::size_t count = 0;
  while (keep_behind(2, large)) ++count;
  EXPECT_EQ(count, 15u) << "the texts of all handles count";
  waiting.remove(slots[2]);
  start_asleep(3);
  for (count = 0; keep_behind(3, large); ++count) {
  }
  EXPECT_EQ(count, 15u) << "what has gone does not";
}

}  // namespace
}  // namespace penstock::janus
