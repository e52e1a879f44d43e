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
