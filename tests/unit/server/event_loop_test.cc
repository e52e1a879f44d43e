#include "controlplane/server/event_loop.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

class EventLoopTest : public testing::Test {
 protected:
  EventLoopTest() {
    auto made = Doorbell::create();
    PENSTOCK_CHECK(made.has_value());
    doorbell = std::move(*made);
  }

  boost::asio::io_context io{1};
  std::unique_ptr<Doorbell> doorbell;
};

// Media that flows in without an end must not keep the API's timeouts, the audit and the stall
// watch waiting.
TEST_F(EventLoopTest, WhoAlwaysHasWorkStarvesNobody) {
  int busy_turns = 0;
  int timeouts = 0;
  int messages = 0;
  Timestamp due = EventLoop::now();
  const auto busy = [&](Timestamp now) {
    ++busy_turns;
    return now;
  };
  const auto timer = [&](Timestamp now) {
    if (now >= due) {
      ++timeouts;
      due = now + kMillisecond;
      boost::asio::post(io, [&] { ++messages; });
    }
    return due;
  };
  EventLoop loop(io, *doorbell, {busy, timer});
  loop.run([&] { return (timeouts >= 5 && messages >= 4) || busy_turns > 100'000'000; });
  EXPECT_GE(timeouts, 5);
  EXPECT_GE(messages, 4);
  EXPECT_GE(busy_turns, timeouts);
}

TEST_F(EventLoopTest, NobodyRingsWhileItIsAwake) {
  std::uint64_t rings = 0;
  bool is_done = false;
  bool is_new = false;
  bool was_new_seen = false;
  const auto look = [&](Timestamp) {
    was_new_seen = was_new_seen || is_new;
    return kNever;
  };
  EventLoop loop(io, *doorbell, {look});
  boost::asio::post(io, [] {});  // wakes it
  boost::asio::post(io, [&] {
    is_new = true;
    doorbell->ring_if_asleep();
    rings = doorbell->ring_count();
    boost::asio::post(io, [&] { is_done = true; });
  });
  loop.run([&] { return is_done && was_new_seen; });
  EXPECT_EQ(rings, 0U);
}

TEST_F(EventLoopTest, SleepsUntilTheEarliestOfThem) {
  int turns = 0;
  Timestamp due = EventLoop::now() + 20 * kMillisecond;
  bool was_due = false;
  const auto never = [&](Timestamp) {
    ++turns;
    return kNever;
  };
  const auto once = [&](Timestamp now) {
    was_due = was_due || now >= due;
    return was_due ? now : due;
  };
  EventLoop loop(io, *doorbell, {never, once, never});
  loop.run([&] { return was_due; });
  EXPECT_GE(EventLoop::now(), due);
  EXPECT_LT(turns, 100) << "it turned without a reason";
}

}  // namespace
}  // namespace penstock
